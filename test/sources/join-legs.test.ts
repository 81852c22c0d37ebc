import { concat, EMPTY, NEVER, Observable, of, Subject, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MediaKind, Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import type { ReadValve } from '../../src/ffmpeg/read-valve.ts';
import type { Demuxer, DemuxerOptions } from '../../src/media/demuxer.ts';
import { joinLegs, type JoinLegsOptions, type OwnLeg } from '../../src/sources/join-legs.ts';

/** A format in which each byte is a sample of 100 ms; 0xff is an error. */
const byteDemuxer =
  (kind: MediaKind) =>
  ({ onSample, segment }: DemuxerOptions): Demuxer => {
    let count = 0;
    return {
      push(chunk) {
        for (const byte of chunk) {
          if (byte === 0xff) throw new Error('bad byte');
          const sample = { kind, data: Uint8Array.of(byte), ptsUs: count++ * 100_000, durationUs: 100_000 };
          onSample({ ...sample, codec: kind === 'audio' ? 'opus' : 'vp8', keyframe: true, segment });
        }
      },
      end() {},
    };
  };

interface ByteLeg extends OwnLeg {
  valve: ReadValve | undefined;
  openings: number;
  closings: number;
}

function leg(kind: MediaKind, chunks$: Observable<Uint8Array>, options: Partial<OwnLeg> = {}): ByteLeg {
  const made: ByteLeg = {
    kind,
    demuxer: byteDemuxer(kind),
    valve: undefined,
    openings: 0,
    closings: 0,
    chunks: (valve) =>
      new Observable((subscriber) => {
        made.valve = valve;
        made.openings++;
        subscriber.add(() => made.closings++);
        subscriber.add(chunks$.subscribe(subscriber));
      }),
    ...options,
  };
  return made;
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index + 1);
const all = (length: number): Observable<Uint8Array> => of(bytes(length));
const failing = throwError(() => new Error('cut'));

function join(legs: readonly OwnLeg[], options: Partial<JoinLegsOptions> = {}) {
  const samples: Sample[] = [];
  let end: string | undefined;
  const subscription = joinLegs({ legs, ...options }).subscribe({
    next: (sample) => samples.push(sample),
    error: (error: unknown) => (end = (error as Error).message),
    complete: () => (end = '|'),
  });
  const of = (kind: MediaKind): Sample[] => samples.filter((sample) => sample.kind === kind);
  const count = (): [audio: number, video: number] => [of('audio').length, of('video').length];
  return { samples, subscription, count, end: () => end };
}

describe('joinLegs', () => {
  it('makes one segment of both', () => {
    const { samples, count, end } = join([leg('audio', all(3)), leg('video', all(2))], { reason: 'seek', live: true });
    expect(count()).toEqual([3, 2]);
    expect(end()).toBe('|');
    expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
    expect(samples[0]!.segment).toMatchObject({ reason: 'seek', live: true });
  });

  it('plays a single leg', () => {
    const { count, end } = join([leg('video', all(4))]);
    expect([count(), end()]).toEqual([[0, 4], '|']);
  });

  it('opens the second leg when the first has delivered, and begins when both have', () => {
    const [audio$, video$] = [new Subject<Uint8Array>(), new Subject<Uint8Array>()];
    const [audio, video] = [leg('audio', audio$), leg('video', video$)];
    const { count } = join([audio, video]);
    expect([audio.openings, video.openings]).toEqual([1, 0]);
    audio$.next(bytes(2));
    expect([audio.openings, video.openings]).toEqual([1, 1]);
    expect(audio.valve!.isOpen).toBe(false);
    expect(count()).toEqual([0, 0]);
    video$.next(bytes(1));
    expect(count()).toEqual([2, 1]);
    expect(audio.valve!.isOpen).toBe(true);
    audio$.next(bytes(1));
    expect(count()).toEqual([3, 1]);
  });

  it('opens both at once when told so', () => {
    const audio$ = new Subject<Uint8Array>();
    const [audio, video] = [leg('audio', audio$), leg('video', concat(all(1), NEVER))];
    const { count } = join([audio, video], { parallel: true });
    expect([audio.openings, video.openings]).toEqual([1, 1]);
    expect(count()).toEqual([0, 0]);
    audio$.next(bytes(2));
    expect(count()).toEqual([2, 1]);
  });

  it('goes on with one leg when the other has ended, or has nothing', () => {
    const video$ = new Subject<Uint8Array>();
    const { count, end } = join([leg('audio', EMPTY), leg('video', video$)]);
    video$.next(bytes(2));
    video$.next(bytes(2));
    expect([count(), end()]).toEqual([[0, 4], undefined]);
    video$.complete();
    expect(end()).toBe('|');
  });

  it('fails with the first leg before the second one was opened', () => {
    const video = leg('video', NEVER);
    const { end } = join([leg('audio', failing), video]);
    expect(end()).toBe('cut');
    expect(video.openings).toBe(0);
  });

  it('fails before the beginning without emitting anything, and closes the other leg', () => {
    for (const parallel of [false, true]) {
      const audio = leg('audio', concat(all(2), NEVER));
      const { count, end } = join([audio, leg('video', failing)], { parallel });
      expect([count(), end(), audio.closings]).toEqual([[0, 0], 'cut', 1]);
    }
  });

  it('fails after what was read before it, and closes the other leg', () => {
    const audio = leg('audio', concat(all(2), NEVER));
    const cut = join([audio, leg('video', concat(all(3), failing))]);
    expect([cut.count(), cut.end(), audio.closings]).toEqual([[2, 3], 'cut', 1]);
    const bad = join([leg('audio', of(Uint8Array.of(1, 2, 0xff, 4))), leg('video', concat(all(1), NEVER))]);
    expect(bad.count()[0]).toBe(2);
    expect(bad.end()).toBe('bad byte');
  });

  it('closes both when unsubscribed, also from within next', () => {
    const [audio, video] = [leg('audio', concat(all(2), NEVER)), leg('video', concat(all(3), NEVER))];
    const { subscription } = join([audio, video]);
    subscription.unsubscribe();
    expect([audio.closings, video.closings]).toEqual([1, 1]);

    const got: Sample[] = [];
    joinLegs({ legs: [audio, video] })
      .pipe(take(1))
      .subscribe((sample) => got.push(sample));
    expect(got).toHaveLength(1);
    expect([audio.closings, video.closings]).toEqual([2, 2]);
  });

  it('moves samples to their place', () => {
    const place = (sample: Sample): Sample => ({ ...sample, ptsUs: sample.ptsUs + 5 });
    const { samples } = join([leg('audio', all(2), { place })]);
    expect(samples.map(({ ptsUs }) => ptsUs)).toEqual([5, 100_005]);
  });

  describe('of which one is endless', () => {
    const endless$ = new Observable<Uint8Array>((subscriber) => {
      for (let i = 0; i < 1000 && !subscriber.closed; i++) subscriber.next(bytes(1));
    });

    it('ends it where the other one ends', () => {
      for (const parallel of [false, true]) {
        const video = leg('video', concat(all(50), NEVER), { endless: true });
        const { count, end } = join([leg('audio', all(12)), video], { parallel });
        expect([count(), end(), video.closings]).toEqual([[12, 12], '|', 1]);
      }
    });

    it('whichever it is', () => {
      const { count, end } = join([leg('audio', concat(all(50), NEVER), { endless: true }), leg('video', all(7))]);
      expect([count(), end()]).toEqual([[7, 7], '|']);
    });

    it('lets it go no further than the other one', () => {
      const audio$ = new Subject<Uint8Array>();
      const video = leg('video', concat(all(50), NEVER), { endless: true });
      const { count } = join([leg('audio', audio$), video]);
      for (const expected of [3, 6, 9]) {
        audio$.next(bytes(3));
        expect(count()).toEqual([expected, expected]);
        expect(video.valve!.isOpen).toBe(false);
      }
    });

    it('goes on without it when it ends before', () => {
      const { count, end } = join([leg('audio', all(12)), leg('video', all(5), { endless: true })]);
      expect([count(), end()]).toEqual([[12, 5], '|']);
    });

    it('ends with nothing when the other one has nothing', () => {
      const { count, end } = join([leg('audio', EMPTY), leg('video', concat(all(5), NEVER), { endless: true })]);
      expect([count(), end()]).toEqual([[0, 0], '|']);
    });

    it('waits for the rest of it, unless it is live', () => {
      for (const [live, expected] of [
        [false, undefined],
        [true, '|'],
      ] as const) {
        const { count, end } = join([leg('audio', all(12)), leg('video', concat(all(5), NEVER), { endless: true })], {
          live,
        });
        expect([count(), end()]).toEqual([[12, 5], expected]);
      }
    });

    it('ends with the first to end when both are', () => {
      const [audio$, video$] = [new Subject<Uint8Array>(), new Subject<Uint8Array>()];
      const both = [leg('audio', audio$, { endless: true }), leg('video', video$, { endless: true })];
      const { count, end } = join(both, { live: true });
      audio$.next(bytes(5));
      video$.next(bytes(3));
      expect([count(), end()]).toEqual([[5, 3], undefined]);
      video$.complete();
      expect([count(), end()]).toEqual([[5, 3], '|']);
    });

    it('reads no more of it than that', () => {
      const audio$ = new Subject<Uint8Array>();
      const video = leg('video', endless$, { endless: true });
      const { count, end } = join([leg('audio', audio$), video], { parallel: true });
      audio$.next(bytes(2));
      audio$.complete();
      expect([count(), end()]).toEqual([[2, 2], '|']);
    });
  });

  describe('under back-pressure', () => {
    it('stops each leg for itself, and reads on when there is room', () => {
      const [audio$, video$] = [new Subject<Uint8Array>(), new Subject<Uint8Array>()];
      const [audio, video] = [leg('audio', audio$), leg('video', video$)];
      const queue = new SampleQueue();
      joinLegs({ legs: [audio, video], parallel: true }).subscribe((sample) => queue.push(sample));
      audio$.next(bytes(15));
      video$.next(bytes(1));
      expect(queue.length).toBe(11);
      expect([audio.valve!.isOpen, video.valve!.isOpen]).toEqual([false, true]);
      video$.next(bytes(30));
      expect(queue.length).toBe(30);
      expect([audio.valve!.isOpen, video.valve!.isOpen]).toEqual([false, false]);
      while (queue.length > 0) queue.shift();
      expect([audio.valve!.isOpen, video.valve!.isOpen]).toEqual([true, true]);
    });

    it('notices room that is made while it emits the other kind', () => {
      const audioQueue = new SampleQueue();
      const got: number[] = [];
      const [audio, video] = [leg('audio', concat(all(30), NEVER)), leg('video', concat(all(2), NEVER))];
      joinLegs({ legs: [audio, video] }).subscribe((sample) => {
        if (sample.kind === 'audio') return audioQueue.push(sample);
        while (audioQueue.length > 0) got.push(audioQueue.shift()!.data[0]!);
      });
      // Nobody asks again: what was taken while a video sample was delivered must have been noticed then.
      expect(got).toEqual([...bytes(10)]);
      expect(audioQueue.length).toBe(10);
    });

    it('keeps an end and an error until what came before was taken', () => {
      for (const [end$, word] of [
        [EMPTY, '|'],
        [failing, 'cut'],
      ] as const) {
        const queue = new SampleQueue();
        let said: string | undefined;
        joinLegs({ legs: [leg('audio', concat(all(25), end$)), leg('video', all(1))] }).subscribe({
          next: (sample) => queue.push(sample),
          error: (error: unknown) => (said = (error as Error).message),
          complete: () => (said = '|'),
        });
        let taken = 0;
        for (; said === undefined; taken++) queue.shift();
        expect(said).toBe(word);
        expect(taken + queue.length).toBe(26);
      }
    });
  });
});
