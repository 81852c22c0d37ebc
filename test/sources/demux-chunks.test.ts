import { concat, EMPTY, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import type { ReadValve } from '../../src/ffmpeg/read-valve.ts';
import type { Demuxer, DemuxerOptions } from '../../src/media/demuxer.ts';
import { demuxChunks, type DemuxChunksOptions } from '../../src/sources/demux-chunks.ts';

/** A format in which each byte is a sample of 20 ms; 0xff is an error, and so is an end after 0xfe. */
function byteDemuxer({ onSample, segment }: DemuxerOptions): Demuxer {
  let count = 0;
  let last = 0;
  return {
    push(chunk) {
      for (const byte of chunk) {
        if (byte === 0xff) throw new Error('bad byte');
        last = byte;
        const ptsUs = count++ * 20_000;
        onSample({
          kind: 'audio',
          codec: 'opus',
          data: Uint8Array.of(byte),
          ptsUs,
          durationUs: 20_000,
          keyframe: true,
          segment,
        });
      }
    },
    end() {
      if (last === 0xfe) throw new Error('bad end');
    },
  };
}

function demux(chunks: DemuxChunksOptions['chunks'], options: Partial<DemuxChunksOptions> = {}) {
  const samples: Sample[] = [];
  const log: string[] = [];
  const subscription = demuxChunks({ chunks, demuxer: byteDemuxer, ...options }).subscribe({
    next(sample) {
      samples.push(sample);
      log.push(String(sample.data[0]));
    },
    error: (error: unknown) => log.push((error as Error).message),
    complete: () => log.push('|'),
  });
  return { samples, log, subscription };
}

describe('demuxChunks', () => {
  it('emits all samples of all chunks, in one segment, and completes', () => {
    const { samples, log } = demux(() => of(Uint8Array.of(1, 2), Uint8Array.of(3)), { reason: 'loop' });
    expect(log).toEqual(['1', '2', '3', '|']);
    expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
    expect(samples[0]!.segment).toMatchObject({ reason: 'loop', live: false });
  });

  it('opens a new segment for each subscription', () => {
    const source$ = demuxChunks({ chunks: () => of(Uint8Array.of(1)), demuxer: byteDemuxer });
    const segments = new Set<unknown>();
    for (let i = 0; i < 2; i++) source$.subscribe(({ segment }) => segments.add(segment));
    expect(segments.size).toBe(2);
  });

  it('passes errors on after what was read before them: of the bytes, of the format, of the end', () => {
    const read = of(Uint8Array.of(1, 2));
    expect(
      demux(() =>
        concat(
          read,
          throwError(() => new Error('cut')),
        ),
      ).log,
    ).toEqual(['1', '2', 'cut']);
    expect(demux(() => of(Uint8Array.of(1, 2, 0xff, 3))).log).toEqual(['1', '2', 'bad byte']);
    expect(demux(() => of(Uint8Array.of(1, 0xfe))).log).toEqual(['1', '254', 'bad end']);
  });

  it('stops reading what it cannot make sense of', () => {
    let stopped = false;
    const chunks = () =>
      new Observable<Uint8Array>((subscriber) => {
        subscriber.next(Uint8Array.of(0xff));
        subscriber.next(Uint8Array.of(1));
        return () => (stopped = true);
      });
    expect(demux(chunks).log).toEqual(['bad byte']);
    expect(stopped).toBe(true);
  });

  it('can move samples and drop them', () => {
    const place = (sample: Sample) => (sample.data[0] === 2 ? undefined : { ...sample, ptsUs: sample.ptsUs + 1 });
    const { samples, log } = demux(() => of(Uint8Array.of(1, 2, 3)), { place });
    expect(log).toEqual(['1', '3', '|']);
    expect(samples.map(({ ptsUs }) => ptsUs)).toEqual([1, 40_001]);
  });

  describe('under back-pressure', () => {
    /** 100 samples, of which 50 make the segment full. */
    const chunk = Uint8Array.from({ length: 100 }, (_, index) => index);

    function hold(chunks$: Observable<Uint8Array>, live = false) {
      const queue = new SampleQueue();
      let valve!: ReadValve;
      const log: string[] = [];
      const source$ = demuxChunks({
        live,
        demuxer: byteDemuxer,
        chunks: (given) => {
          valve = given;
          return chunks$;
        },
      });
      const subscription = source$.subscribe({
        next: (sample) => queue.push(sample),
        error: (error: unknown) => log.push((error as Error).message),
        complete: () => log.push('|'),
      });
      return { queue, log, subscription, isOpen: () => valve.isOpen };
    }

    it('emits one second, closes the valve, and opens it when its own rest is taken', () => {
      const { queue, isOpen } = hold(concat(of(chunk), NEVER));
      expect(queue.length).toBe(50);
      expect(isOpen()).toBe(false);
      for (let i = 0; i < 25; i++) queue.shift();
      expect(queue.length).toBe(50);
      expect(isOpen()).toBe(false);
      for (let i = 0; i < 25; i++) queue.shift();
      expect(queue.length).toBe(50);
      expect(isOpen()).toBe(true);
    });

    it('keeps the end and an error until what came before is taken', () => {
      for (const [end$, word] of [
        [EMPTY, '|'],
        [throwError(() => new Error('cut')), 'cut'],
        [of(Uint8Array.of(0xff)), 'bad byte'],
      ] as const) {
        const { queue, log } = hold(concat(of(chunk), end$));
        for (let taken = 0; taken < 50; taken++) {
          expect(log).toEqual([]);
          expect(queue.shift()!.data[0]).toBe(taken);
        }
        expect(log).toEqual([word]);
        expect(queue.length).toBe(50);
      }
    });

    it('holds nothing back that is live', () => {
      const { queue, isOpen } = hold(concat(of(chunk, chunk), NEVER), true);
      expect(queue.length).toBe(200);
      expect(isOpen()).toBe(true);
    });

    it('reads nothing more once unsubscribed, even when that makes room', () => {
      const bytes$ = new Subject<Uint8Array>();
      const { queue, subscription, isOpen } = hold(bytes$);
      bytes$.next(chunk);
      subscription.unsubscribe();
      expect(bytes$.observed).toBe(false);
      queue.clear();
      expect(queue.length).toBe(0);
      expect(isOpen()).toBe(false);
    });

    it('can be unsubscribed from within next, and refilled from within shift', () => {
      let seen = 0;
      const subscription = demuxChunks({ chunks: () => concat(of(chunk), NEVER), demuxer: byteDemuxer }).subscribe(
        () => {
          if (++seen === 3) queueMicrotask(() => subscription.unsubscribe());
        },
      );
      expect(seen).toBe(100);
      const { queue } = hold(concat(of(chunk, chunk), NEVER));
      const order: number[] = [];
      for (let sample = queue.shift(); sample; sample = queue.shift()) order.push(sample.data[0]!);
      expect(order).toEqual([...chunk, ...chunk]);
    });
  });
});
