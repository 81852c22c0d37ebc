import { describe, expect, it } from 'vitest';
import { createBitrateFollower } from '../../src/calls/bitrate-follower.ts';
import type { CallEvent } from '../../src/calls/call-state.ts';
import { createPlayer, type Player } from '../../src/calls/player.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { MediaSource, type OpenRequest, type ResolvedRequest } from '../../src/core/media-source.ts';
import type { FakeSourceOptions } from '../../src/testing/fake-source.ts';
import { distinctSteps, inVirtualTime, type VirtualTime } from '../operators/virtual.ts';

interface Stage extends VirtualTime {
  readonly player: Player;
  /** What the network leaves, in kbit/s; undefined for no limit. */
  limit: { kbps: number | undefined };
  /** Each opening: from where, and to which bitrate. */
  readonly opened: [startMs: number, kbps: number | undefined][];
  readonly events: string[];
  film(options?: FakeSourceOptions & { seekable?: boolean; encoded?: boolean }): MediaSource;
}

/** Plays in virtual time, to a network that has a limit. */
function onStage(test: (stage: Stage) => () => void, untilMs?: number): void {
  inVirtualTime((time) => {
    const limit: Stage['limit'] = { kbps: undefined };
    const events: string[] = [];
    const opened: Stage['opened'] = [];
    const request: OpenRequest = {
      logger: silentLogger,
      get videoBitrateKbps() {
        return limit.kbps;
      },
    };
    const player = createPlayer({
      clock: time.clock,
      write: time.record(),
      dispatch: (event: CallEvent) => events.push(event.type),
      request,
    });
    player.hold(false);
    const film: Stage['film'] = ({ seekable = true, encoded = true, ...options } = {}) =>
      new MediaSource({
        label: 'film',
        seekable,
        open(resolved: ResolvedRequest) {
          const kbps = encoded ? Math.min(800, resolved.videoBitrateKbps ?? Infinity) : undefined;
          opened.push([resolved.startMs, kbps]);
          const videoRate = kbps === undefined ? undefined : { kbps, highestKbps: 800 };
          const count = Math.max(0, (options.count ?? 10_000) - resolved.startMs / 40);
          const video = { kind: 'video', durationMs: 40, keyframeEvery: 25, bytes: 100 } as const;
          return time.source({ ...video, delayMs: 300, videoRate, ...options, startMs: resolved.startMs, count });
        },
      });
    return test({ ...time, player, limit, opened, events, film });
  }, untilMs);
}

describe('a player', () => {
  it('encodes anew when the network leaves less, from the very frame at which it follows on, and tells nobody', () => {
    onStage(({ player, limit, opened, events, out, film, at }) => {
      void player.play(film());
      at(5000, () => (limit.kbps = 400));
      return () => {
        expect(opened.map(([, kbps]) => kbps)).toEqual([800, 400]);
        const times = out.map(({ pts }) => pts);
        expect(times).toEqual(times.map((_, index) => index * 40)); // nothing twice, nothing left out
        expect(distinctSteps(out)).toEqual([40]);
        const changed = out.findIndex(({ sample }) => sample.segment!.videoRate!.kbps === 400);
        expect(out[changed]).toMatchObject({ pts: opened[1]![0] });
        expect(out[changed]!.at).toBeLessThan(8000);
        expect(player.videoRate).toEqual({ kbps: 400, highestKbps: 800 });
        expect(events.filter((type) => type === 'open' || type === 'start')).toEqual(['open', 'start']);
      };
    });
  });

  it('goes up again, later and only for much more, and never above what the source was asked for', () => {
    onStage(({ player, limit, opened, film, at }) => {
      limit.kbps = 400;
      void player.play(film());
      at(5000, () => (limit.kbps = 470));
      at(30_000, () => (limit.kbps = 600));
      at(35_000, () => (limit.kbps = 790));
      at(60_000, () => (limit.kbps = 5000));
      return () => expect(opened.map(([, kbps]) => kbps)).toEqual([400, 600, 790]);
    }, 90_000);
  });

  it('leaves alone what it does not encode, and what has no positions', () => {
    for (const options of [{ encoded: false }, { seekable: false }]) {
      onStage(({ player, limit, opened, film, at }) => {
        void player.play(film(options));
        at(2000, () => (limit.kbps = 300));
        return () => {
          expect(opened).toHaveLength(1);
          expect(player.videoRate).toEqual(options.encoded === false ? undefined : { kbps: 800, highestKbps: 800 });
        };
      });
    }
  });

  it('is not disturbed by a pause, a seek, a stop or another source while it waits for its turn', () => {
    const disturb: [string, (stage: Stage) => void][] = [
      [
        'pause',
        ({ player, at }) => {
          player.hold(true);
          at(3000, () => player.hold(false));
        },
      ],
      ['seek', ({ player }) => void player.seekTo(60_000)],
      ['stop', ({ player }) => player.stop('stopped')],
      ['play', ({ player, film }) => void player.play(film({ count: 1000 }))],
      ['close', ({ player }) => player.close()],
    ];
    for (const [name, what] of disturb) {
      onStage((stage) => {
        const { player, limit, opened, out, film, at } = stage;
        void player.play(film());
        at(5000, () => (limit.kbps = 400));
        at(5700, () => what(stage));
        return () => {
          expect(opened[1]![1], name).toBe(400);
          const gaps = out.slice(1).filter(({ pts }, index) => pts !== out[index]!.pts + 40);
          expect(
            gaps.map(({ pts }) => pts),
            name,
          ).toEqual(name === 'seek' ? [60_000] : name === 'play' ? [0] : []);
          if (name === 'pause' || name === 'seek' || name === 'play') {
            expect(out.at(-1)!.sample.segment!.videoRate!.kbps, name).toBe(400);
            expect(out.at(-1)!.at, name).toBeGreaterThan(19_900);
          }
        };
      });
    }
  });

  it('ends when the film ends, though it was about to encode anew', () => {
    for (const count of [140, 160, 170]) {
      onStage(({ player, limit, events, out, film, at }) => {
        void player.play(film({ count }));
        at(4900, () => (limit.kbps = 400));
        return () => {
          expect(events.filter((type) => type === 'end')).toEqual(['end']);
          expect(out.map(({ pts }) => pts)).toEqual(Array.from({ length: count }, (_, index) => index * 40));
        };
      });
    }
  });

  it('plays on as it is when what it opened anew fails', () => {
    onStage(({ player, limit, events, opened, out, film, at }) => {
      let failAfter: number | undefined;
      const failing = film();
      const source = new MediaSource({
        label: 'film',
        seekable: true,
        open: (request) => (failAfter === undefined ? failing.open(request) : film({ failAfter }).open(request)),
      });
      void player.play(source);
      at(4900, () => {
        failAfter = 0;
        limit.kbps = 400;
      });
      return () => {
        expect(opened.length).toBeGreaterThan(2);
        expect(opened.length).toBeLessThan(6);
        expect(events).not.toContain('end');
        expect(out.at(-1)!.pts).toBeGreaterThan(19_000);
        expect(distinctSteps(out)).toEqual([40]);
      };
    });
  });
});

describe('the bitrate follower', () => {
  it('waits between two changes, upwards longer, and does not care about little', () => {
    const follower = createBitrateFollower();
    const rate = { kbps: 500, highestKbps: 1000 };
    expect(follower.isDue(rate, 430, 0)).toBe(false);
    expect(follower.isDue(rate, 590, 0)).toBe(false);
    expect(follower.isDue(rate, 600, 0)).toBe(true);
    expect(follower.isDue(rate, 900, 14_000)).toBe(false);
    expect(follower.isDue(rate, 420, 3000)).toBe(false);
    expect(follower.isDue(rate, 420, 4000)).toBe(true);
    expect(follower.isDue(rate, undefined, 30_000)).toBe(true);
    expect(follower.isDue({ kbps: 900, highestKbps: 1000 }, undefined, 60_000)).toBe(false);
  });
});
