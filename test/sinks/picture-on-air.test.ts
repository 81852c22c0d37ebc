import { describe, expect, it } from 'vitest';
import type { PacedSample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { createPictureOnAir, type PictureOnAir } from '../../src/sinks/picture-on-air.ts';
import type { StillFrame } from '../../src/sinks/still-picture.ts';
import { inVirtualTime } from '../operators/virtual.ts';

const named = (name: string): Uint8Array => new TextEncoder().encode(name);
const still = (name: string): StillFrame[] => [
  { data: named(`${name}*`), keyframe: true },
  { data: named(name), keyframe: false },
];

interface Stage {
  readonly picture: PictureOnAir;
  readonly at: (ms: number, task: () => void) => void;
  /** Sends frames of a film, 25 a second, named by their numbers; those in `keys` decode on their own. */
  film(segment: Segment, fromMs: number, frames: number, keys: readonly number[], first?: number): void;
  hear(segment: Segment | undefined, fromMs: number, untilMs: number): void;
  congested: boolean;
}

interface Shown {
  readonly ms: number;
  readonly name: string;
}

function show(untilMs: number, script: (stage: Stage) => void, freezesAfterMs = 100): Shown[] {
  const shown: Shown[] = [];
  inVirtualTime(({ clock, at, scheduler }) => {
    const picture = createPictureOnAir({
      clock,
      cover: still('cover'),
      isCongested: () => stage.congested,
      freeze(frames, ready) {
        const name = new TextDecoder().decode(frames.at(-1));
        const task = scheduler.schedule(() => ready(still(`frozen ${name}`)), freezesAfterMs);
        return () => task.unsubscribe();
      },
      send: ({ data }, atUs) => shown.push({ ms: atUs / 1000, name: new TextDecoder().decode(data) }),
    });
    const stage: Stage = {
      picture,
      at,
      congested: false,
      film(segment, fromMs, frames, keys, first = 0) {
        for (let index = 0; index < frames; index++) {
          const ms = fromMs + index * 40;
          const number = first + index;
          const keyframe = keys.includes(number);
          const times = { dueUs: ms * 1000, ptsUs: number * 40_000, durationUs: 40_000 };
          const data = named(keyframe ? `${number}*` : String(number));
          const frame: PacedSample = { kind: 'video', codec: 'h264', data, keyframe, segment, ...times };
          at(ms, () => picture.write(frame));
        }
      },
      hear(segment, fromMs, until) {
        for (let ms = fromMs; ms < until; ms += 20) {
          const times = { dueUs: ms * 1000, ptsUs: 0, durationUs: 20_000 };
          at(ms, () =>
            picture.hear({ kind: 'audio', codec: 'aac', data: named(''), keyframe: true, segment, ...times }),
          );
        }
      },
    };
    picture.begin();
    script(stage);
    at(untilMs, () => picture.end());
  }, untilMs + 1000);
  expect(shown.every(({ ms }, index) => index === 0 || ms > shown[index - 1]!.ms)).toBe(true);
  return shown;
}

const from = (shown: readonly Shown[], ms: number): string => shown.find((one) => one.ms >= ms)!.name;
const names = (shown: readonly Shown[], fromMs: number, untilMs: number): string[] =>
  shown.filter(({ ms }) => ms >= fromMs && ms < untilMs).map(({ name }) => name);

describe('the picture on air', () => {
  it('is the cover while there is none, its frames over and over', () => {
    expect(show(1000, () => {}).map(({ ms, name }) => `${ms} ${name}`)).toEqual([
      ...['0 cover*', '200 cover', '400 cover*', '600 cover', '800 cover*'],
    ]);
  });

  it('is the film from its keyframe on, each frame at its time', () => {
    const shown = show(2000, ({ film }) => film(new Segment(), 500, 10, [0]));
    expect(names(shown, 500, 900)).toEqual(['0*', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(shown.find(({ name }) => name === '9')!.ms).toBe(860);
  });

  it('stands still at the last frame of a film that pauses, and then goes on with all that it builds upon', () => {
    const segment = new Segment();
    const shown = show(6000, ({ film }) => {
      film(segment, 0, 20, [0, 10]);
      film(segment, 4000, 5, [], 20);
    });
    expect(names(shown, 1500, 3990).every((name) => name.startsWith('frozen 19'))).toBe(true);
    expect(names(shown, 1200, 4000)[0]).toBe('frozen 19*');
    const lead = ['10*', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21', '22'];
    expect(names(shown, 3985, 4090)).toEqual(lead);
  });

  it('waits for a keyframe when it cannot know what a frame builds upon', () => {
    const shown = show(2000, ({ film }) => film(new Segment(), 100, 20, [8]));
    expect(names(shown, 100, 1000).filter((name) => !name.startsWith('cover'))[0]).toBe('8*');
  });

  it('does not show frames of another segment before its keyframe', () => {
    const shown = show(2000, ({ film }) => {
      film(new Segment(), 0, 10, [0]);
      film(new Segment(), 400, 10, [25], 20);
    });
    expect(names(shown, 380, 1000).slice(0, 2)).toEqual(['25*', '26']);
  });

  it('is the cover again when another source is heard that has no picture', () => {
    const [film, song] = [new Segment(), new Segment()];
    const shown = show(5000, (stage) => {
      stage.film(film, 0, 10, [0]);
      stage.hear(film, 0, 400);
      stage.hear(song, 1000, 4000);
    });
    expect(from(shown, 1000)).toMatch(/^frozen 9/);
    expect(names(shown, 2500, 5000).every((name) => name.startsWith('cover'))).toBe(true);
  });

  it('stays what it is through silence that nobody sent, and while its own sound goes on', () => {
    const film = new Segment();
    const shown = show(5000, (stage) => {
      stage.film(film, 0, 10, [0]);
      stage.hear(film, 0, 2000);
      stage.hear(undefined, 2010, 4000);
    });
    expect(names(shown, 1500, 5000).every((name) => name.startsWith('frozen 9'))).toBe(true);
  });

  it('is the cover when what was shown is over', () => {
    const shown = show(3000, ({ film, picture, at }) => {
      film(new Segment(), 0, 10, [0]);
      at(410, () => picture.clear());
    });
    expect(names(shown, 400, 3000).every((name) => name.startsWith('cover'))).toBe(true);
  });

  it('begins anew with a picture that decodes on its own, moving or not', () => {
    const segment = new Segment();
    const shown = show(6000, ({ film, picture, at }) => {
      film(segment, 0, 50, [0]);
      at(1001, () => picture.begin());
      at(4001, () => picture.begin());
    });
    expect(names(shown, 1000, 1001.5)).toContain('cover*');
    // The next frame of the film needs all since its keyframe.
    const again = names(shown, 1001.5, 1045);
    expect(again[0]).toBe('0*');
    expect(again.at(-1)).toBe('26');
    expect(from(shown, 4001)).toBe('frozen 49*');
  });

  it('shows the last picture to a new connection, too, when the film does not go on', () => {
    const shown = show(5000, ({ film, picture, at }) => {
      film(new Segment(), 0, 50, [0]);
      at(2001, () => picture.begin());
    });
    expect(from(shown, 2000.5)).toBe('cover*');
    expect(names(shown, 2500, 5000).every((name) => name.startsWith('frozen 49'))).toBe(true);
  });

  it('leaves out what cannot be sent, up to the next keyframe', () => {
    const shown = show(3000, (stage) => {
      stage.film(new Segment(), 0, 50, [0, 25, 40]);
      stage.at(401, () => (stage.congested = true));
      stage.at(801, () => (stage.congested = false));
      stage.at(2500, () => expect(stage.picture.dropped).toBe(10));
    });
    const film = names(shown, 0, 2000).filter((name) => /^\d/.test(name));
    expect(film.slice(9, 13)).toEqual(['9', '10', '25*', '26']);
  });

  it('shows nothing any more once it has ended, whatever is told to it', () => {
    const shown = show(3000, ({ film, picture, at }) => {
      film(new Segment(), 0, 25, [0]);
      at(1001, () => picture.end());
      at(1100, () => picture.clear());
    });
    expect(shown.at(-1)!.name).toBe('24');
  });
});
