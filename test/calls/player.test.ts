import { merge, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../src/calls/call-state.ts';
import { createPlayer, type Player } from '../../src/calls/player.ts';
import { SourceError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { MediaSource } from '../../src/core/media-source.ts';
import type { FakeSourceOptions } from '../../src/testing/fake-source.ts';
import { distinctSteps, inVirtualTime, steps, type VirtualTime } from '../operators/virtual.ts';

interface Stage extends VirtualTime {
  player: Player;
  events: string[];
  /** Legs that came and first packets that left. */
  told: string[];
  /** How promises were settled, once the virtual time is over. */
  settled: string[];
  watch(name: string, promise: Promise<void>): void;
  song(label: string, options?: FakeSourceOptions): MediaSource;
}

/** A player over virtual time, connected and not paused. */
async function onStage(test: (stage: Stage) => () => void, untilMs?: number): Promise<void> {
  let check: (() => void) | undefined;
  inVirtualTime((time) => {
    const events: string[] = [];
    const settled: string[] = [];
    const told: string[] = [];
    const player = createPlayer({
      clock: time.clock,
      write: time.record(),
      dispatch: (event) => {
        if (event.type === 'leg' || event.type === 'sent') told.push(describeEvent(event));
        else events.push(describeEvent(event));
      },
      request: { logger: silentLogger },
    });
    player.hold(false);
    check = test({
      ...time,
      player,
      events,
      told,
      settled,
      watch(name, promise) {
        promise.then(
          () => settled.push(`${name} resolved`),
          (error: { code: string }) => settled.push(`${name} rejected ${error.code}`),
        );
      },
      song: (label, options = {}) =>
        new MediaSource({
          label,
          seekable: true,
          open: ({ startMs, reason }) => {
            const count = Math.max(0, (options.count ?? 10_000) - startMs / 20);
            return time.source({ delayMs: 30, ...options, startMs, count, reason });
          },
        }),
    });
  }, untilMs);
  await new Promise((resolve) => setTimeout(resolve));
  check?.();
}

function describeEvent(event: Extract<CallEvent, { playback: unknown }>): string {
  const reason = event.type === 'end' ? ` ${event.reason}` : '';
  return `${event.type} ${event.playback.label}${reason}`;
}

describe('createPlayer', () => {
  it('plays on when a source throws as it is opened, and then plays another', () =>
    onStage(({ player, song, watch, events, settled, at }) => {
      const broken = new MediaSource({
        label: 'broken',
        seekable: true,
        open() {
          throw new Error('no');
        },
      });
      watch('a', player.play(song('a')));
      at(1000, () => watch('broken', player.play(broken)));
      at(2000, () => watch('b', player.play(song('b', { count: 10 }))));
      return () => {
        expect(settled).toEqual(['a resolved', 'broken rejected ERR_SOURCE_UNREADABLE', 'b resolved']);
        expect(events).toEqual([
          'open a',
          'start a',
          'open broken',
          'abandon broken',
          'open b',
          'start b',
          'end b ended',
        ]);
      };
    }));

  it('plays to the end and says so once', () =>
    onStage(({ player, song, watch, events, settled, out }) => {
      watch('a', player.play(song('a', { count: 50 })));
      return () => {
        expect(settled).toEqual(['a resolved']);
        expect(events).toEqual(['open a', 'start a', 'end a ended']);
        expect(out).toHaveLength(50 + Math.floor((20_000 - 1030) / 10_000));
        expect(player.positionMs).toBe(1000);
      };
    }));

  it('exchanges sources without a gap', () =>
    onStage(({ player, song, watch, events, settled, out, at }) => {
      watch('a', player.play(song('a')));
      at(2003, () => watch('b', player.play(song('b', { bytes: 7, delayMs: 150 }))));
      return () => {
        expect(settled).toEqual(['a resolved', 'b resolved']);
        expect(events).toEqual(['open a', 'start a', 'open b', 'start b']);
        expect(Math.max(...steps(out))).toBeLessThanOrEqual(40);
      };
    }));

  it('plays on when the next one fails, is empty or is aborted', () =>
    onStage(({ player, song, watch, events, settled, out, at }) => {
      watch('a', player.play(song('a')));
      at(1003, () => watch('b', player.play(song('b', { failAfter: 0 }))));
      at(2003, () => watch('c', player.play(song('c', { count: 0 }))));
      const aborting = new AbortController();
      at(3003, () => watch('d', player.play(song('d', { delayMs: 500 }), aborting.signal)));
      at(3103, () => aborting.abort());
      at(4003, () =>
        watch('e', player.play(throwError(() => new SourceError('ERR_SOURCE_STALLED', 'e', 'e stalled')))),
      );
      return () => {
        expect(settled).toEqual([
          'a resolved',
          'b rejected ERR_SOURCE_UNREADABLE',
          'c rejected ERR_SOURCE_NO_TRACK',
          'd rejected ERR_ABORTED',
          'e rejected ERR_SOURCE_STALLED',
        ]);
        expect(events.filter((event) => event.startsWith('end'))).toEqual([]);
        expect(distinctSteps(out)).toEqual([20]);
      };
    }));

  it('tells of a source that fails later, and stays usable', () =>
    onStage(({ player, song, watch, events, at, out }) => {
      watch('a', player.play(song('a', { failAfter: 50 })));
      at(3000, () => watch('b', player.play(song('b', { bytes: 7, count: 50 }))));
      return () => {
        expect(events).toEqual(['open a', 'start a', 'end a error', 'open b', 'start b', 'end b ended']);
        expect(out.filter((o) => o.bytes === 7)).toHaveLength(50);
      };
    }));

  it('seeks within 120 ms and keeps the playback', () =>
    onStage(({ player, song, watch, events, settled, out, at }) => {
      watch('a', player.play(song('a')));
      at(5000, () => watch('seek', player.seekTo(60_000)));
      at(6000, () => {
        expect(player.positionMs).toBeGreaterThan(60_800);
        expect(player.positionMs).toBeLessThan(61_000);
      });
      return () => {
        expect(settled).toEqual(['a resolved', 'seek resolved']);
        expect(events).toEqual(['open a', 'start a', 'open a', 'start a']);
        expect(out.find((o) => o.pts >= 60_000)!.at).toBeLessThanOrEqual(5120);
        expect(Math.min(...steps(out))).toBe(20);
      };
    }));

  it('lets the last of quick seeks win and disappoints none of them', () =>
    onStage(({ player, song, watch, settled, out, at }) => {
      watch('a', player.play(song('a')));
      for (let i = 1; i <= 5; i++) at(5000 + i, () => watch(`seek ${i}`, player.seekTo(i * 10_000)));
      return () => {
        expect(settled).toHaveLength(6);
        expect(settled.every((how) => how.endsWith('resolved'))).toBe(true);
        expect(out.at(-1)!.pts).toBeGreaterThan(60_000);
        expect(out.filter((o) => o.pts >= 10_000 && o.pts < 50_000)).toEqual([]);
      };
    }));

  it('ends where a seek goes beyond the end, and starts again by another', () =>
    onStage(({ player, song, watch, events, settled, at, out }) => {
      watch('a', player.play(song('a', { count: 500 })));
      at(2003, () => watch('beyond', player.seekTo(999_000)));
      at(5000, () => watch('again', player.seekTo(9000)));
      return () => {
        expect(settled).toEqual(['a resolved', 'beyond resolved', 'again resolved']);
        expect(events).toEqual([
          'open a',
          'start a',
          'open a',
          'abandon a',
          'end a ended',
          'open a',
          'start a',
          'end a ended',
        ]);
        expect(out.filter((o) => o.at > 2100 && o.at < 5000)).toEqual([]);
      };
    }));

  it('has a position that never goes back, at a hold, at its end, and when it is held after that', () =>
    onStage(({ player, song, watch, at }) => {
      const positions: number[] = [];
      watch('a', player.play(song('a', { count: 100 })));
      for (let ms = 100; ms <= 4000; ms += 7) {
        at(ms, () => {
          if (ms === 996) player.hold(true);
          if (ms === 1500) player.hold(false);
          if (ms === 3516) player.hold(true);
          positions.push(player.positionMs);
        });
      }
      return () => {
        expect(positions.filter((position, i) => position < (positions[i - 1] ?? 0))).toEqual([]);
        expect(positions.at(-1)).toBe(2000);
      };
    }));

  it('falls silent at a hold and goes on where it was', () =>
    onStage(({ player, song, watch, out, at }) => {
      watch('a', player.play(song('a')));
      at(3013, () => player.hold(true));
      at(5000, () => expect(player.positionMs).toBeLessThan(3020));
      at(8020, () => player.hold(false));
      return () => {
        expect(out.filter((o) => o.at > 3013 && o.at < 8020)).toEqual([]);
        expect(out.every((o, i) => o.pts === i * 20)).toBe(true);
        expect(distinctSteps(out)).toEqual([20, 5040]);
      };
    }));

  it('held, resolves play at the first sample, though nothing leaves', () =>
    onStage(({ player, song, watch, settled, out }) => {
      player.hold(true);
      watch('a', player.play(song('a')));
      return () => {
        expect(settled).toEqual(['a resolved']);
        expect(out).toEqual([]);
      };
    }));

  it('held, plays from the first sample on release', () =>
    onStage(({ player, song, out, at }) => {
      player.hold(true);
      player.play(song('a')).catch(() => {});
      at(4003, () => player.hold(false));
      return () => expect(out[0]).toMatchObject({ pts: 0, due: 4020 });
    }));

  it('stops, closes the source, and can play again', () =>
    onStage(({ player, source, watch, events, out, at }) => {
      const file = source();
      watch('a', player.play(file));
      at(1003, () => player.stop('stopped'));
      at(1003, () => player.stop('stopped'));
      at(1500, () => expect(file.log.closed).toBe(1));
      at(2000, () => watch('b', player.play(source({ count: 10 }))));
      return () => {
        expect(events).toEqual([
          'open samples',
          'start samples',
          'end samples stopped',
          'open samples',
          'start samples',
          'end samples ended',
        ]);
        expect(out.filter((o) => o.at > 1020 && o.at < 2000)).toEqual([]);
      };
    }));

  it('mutes with the cadence kept', () =>
    onStage(({ player, song, watch, out, at }) => {
      watch('a', player.play(song('a', { count: 200 })));
      at(1000, () => player.mute(true));
      at(2000, () => player.mute(false));
      return () => {
        const playing = out.filter((o) => o.at < 4000);
        expect(distinctSteps(playing)).toEqual([20]);
        expect(playing.filter((o) => o.bytes === 3)).toHaveLength(50);
      };
    }));

  it('tells of each kind that comes, and once of the first packet', () =>
    onStage(({ player, source, watch, told, at }) => {
      player.hold(true);
      const film = merge(source({ count: 200 }), source({ kind: 'video', durationMs: 40, count: 100, delayMs: 100 }));
      watch('film', player.play(film));
      at(1000, () => expect(told).toEqual(['leg samples', 'leg samples']));
      at(2000, () => player.hold(false));
      return () => expect(told).toEqual(['leg samples', 'leg samples', 'sent samples']);
    }));

  it('rejects who waits when it is closed, and leaves nothing open', () =>
    onStage(({ player, source, watch, settled, at }) => {
      const running = source();
      const coming = source({ delayMs: 1000 });
      watch('a', player.play(running));
      at(500, () => watch('b', player.play(coming)));
      at(600, () => player.close());
      return () => {
        expect(settled).toEqual(['a resolved', 'b rejected ERR_ABORTED']);
        expect([running.log.closed, coming.log.closed]).toEqual([1, 1]);
      };
    }));

  it('rejects at once what is aborted already', async () => {
    await onStage(({ player, song, watch, settled, events }) => {
      watch('a', player.play(song('a'), AbortSignal.abort()));
      return () => {
        expect(settled).toEqual(['a rejected ERR_ABORTED']);
        expect(events).toEqual([]);
      };
    });
  });

  it('lets a logger know what pacing does, under a layer of its own', () => {
    const lines: object[] = [];
    const debug = (data: object): void => void lines.push(data);
    inVirtualTime((time) => {
      const player = createPlayer({
        clock: time.clock,
        write: time.record(),
        dispatch: () => {},
        request: { logger: silentLogger },
        logger: { ...silentLogger, debug },
      });
      player.hold(false);
      void player.play(time.source({ count: 10 }));
    });
    expect(lines).toEqual([expect.objectContaining({ layer: 'pace', kind: 'audio' })]);
  });

  it('opens a film anew, to be encoded, when a keyframe is asked for and the last one is too far back', async () => {
    let check: (() => void) | undefined;
    inVirtualTime((time) => {
      const requests$ = new Subject<void>();
      const opened: unknown[] = [];
      const player = createPlayer({
        clock: time.clock,
        write: time.record(),
        dispatch: () => {},
        request: { logger: silentLogger },
        keyframeRequests$: requests$,
      });
      player.hold(false);
      const film = new MediaSource({
        label: 'film',
        seekable: true,
        open({ startMs, reason, passthrough }) {
          opened.push({ startMs, reason, passthrough });
          // Half a megabyte in five seconds, and no keyframe after the first.
          return time.source({ kind: 'video', durationMs: 40, bytes: 5000, keyframeEvery: 10_000, startMs, reason });
        },
      });
      player.play(film).catch(() => {});
      time.at(2000, () => requests$.next());
      time.at(8000, () => requests$.next());
      check = () => {
        const repeated = time.out.filter(({ at, pts }) => at === 2000 && pts === 0);
        expect(repeated).toHaveLength(1);
        expect(opened).toEqual([
          { startMs: 0, reason: 'fresh', passthrough: undefined },
          { startMs: 8000, reason: 'seek', passthrough: false },
        ]);
        expect(player.positionMs).toBe(10_000);
      };
    }, 10_000);
    await new Promise((resolve) => setTimeout(resolve));
    check?.();
  });
});
