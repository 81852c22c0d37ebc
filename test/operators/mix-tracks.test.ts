import { BehaviorSubject, EMPTY, filter, NEVER, Observable, take, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { OPUS_SILENCE } from '../../src/media/opus.ts';
import { loop } from '../../src/operators/loop.ts';
import { mixTracks } from '../../src/operators/mix-tracks.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';
import { runMarbles } from '../../src/testing/run-marbles.ts';
import { createFakeMedia } from './fake-media.ts';
import { type Arrival, distinctSteps, inVirtualTime } from './virtual.ts';

const of = (kind: string, out: readonly Arrival[]): Arrival[] => out.filter((o) => o.kind === kind);

describe('mixTracks, in marbles', () => {
  it('plays the audio of one with the video of another, until the video ends', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const audio$ = samples('a-----bXc---d|');
      const video$ = samples('A----BeC|');
      expectSamples(mixTracks(audio$, video$)).toBe('(aA)-BbC(c|)', { breaks: '' });
      expectSubscriptions(audio$.subscriptions).toBe('^-------!');
      expectSubscriptions(video$.subscriptions).toBe('^-------!');
    });
  });

  it('begins when both are there', () => {
    runMarbles(({ samples, clock, expectSamples }) => {
      const [audio, video] = [samples('(abcd|)', { durationMs: 80 }), samples('-----(AB|)', { durationMs: 80 })];
      expectSamples(mixTracks(audio, video).pipe(pace({ clock }))).toBe('-----(aA)(bB)|');
    });
  });

  it('does not wait for a live source, nor for one that is empty', () => {
    runMarbles(({ samples, expectSamples }) => {
      const radio = samples('-a-b-c', { live: true });
      expectSamples(mixTracks(radio, samples('----A-B|'))).toBe('-a-bAcB|');
      const camera = samples('---C------D|', { live: true });
      expectSamples(mixTracks(samples('d-e------f|'), camera, { onAudioEnd: 'continue' })).toBe('---(deC)-fD|');
      expectSamples(mixTracks(samples('|'), samples('E-F|'), { onAudioEnd: 'continue' })).toBe('E-F|');
      expectSamples(mixTracks(samples('g-h|'), samples('--|'))).toBe('--|');
    });
  });

  it('lets the audio go on up to where the video ended', () => {
    runMarbles(({ samples, expectSamples }) => {
      const audio = samples('a------b-cde|');
      expectSamples(mixTracks(audio, samples('(ABC|)'))).toBe('(aABC)-b-(c|)');
    });
  });

  it('ends with the video in a gap of the audio', () => {
    runMarbles(({ samples, expectSamples }) => {
      const audio = samples('(abcd)').pipe(filter((sample) => sample.ptsUs !== 20_000 && sample.ptsUs !== 40_000));
      expectSamples(mixTracks(audio, samples('(AB|)'))).toBe('(aAB|)');
    });
  });

  it('gives silence to the video that was there when the audio ended', () => {
    runMarbles(({ samples, expectSamples }) => {
      const [audio, video] = [samples('a-------|'), samples('(ABC)-------|')];
      expectSamples(mixTracks(audio, video)).toBe('(aABC)--(ss)|');
    });
  });

  it('goes on with either alone, when asked to', () => {
    runMarbles(({ samples, expectSamples }) => {
      const alone = mixTracks(samples('a---bc|'), samples('A|'), { onVideoEnd: 'continue' });
      expectSamples(alone).toBe('(aA)bc|');
      const silent = mixTracks(samples('d|'), samples('B---CD|'), { onAudioEnd: 'continue' });
      expectSamples(silent).toBe('(dB)CD|');
    });
  });

  it('ends the video where the audio ended, when asked to', () => {
    runMarbles(({ samples, expectSamples }) => {
      const ended = mixTracks(samples('(ab|)'), samples('A-------B-C|'), { onAudioEnd: 'complete' });
      expectSamples(ended).toBe('(aA)----(bB|)');
    });
  });

  it('errors with either, after what it delivered before', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const video = samples('A---B---');
      expectSamples(mixTracks(samples('a----#'), video)).toBe('(aA)B#');
      expectSubscriptions(video.subscriptions).toBe('^----!');
      expectSamples(mixTracks(samples('----'), samples('--#'))).toBe('--#');
    });
  });

  it('unsubscribes from both', () => {
    runMarbles(({ samples, expectSamples, expectSubscriptions }) => {
      const [audio, video] = [samples('a----b--'), samples('A---B-')];
      expectSamples(mixTracks(audio, video), '^-----!').toBe('(aA)Bb');
      expectSubscriptions(audio.subscriptions).toBe('^-----!');
      expectSubscriptions(video.subscriptions).toBe('^-----!');
    });
  });
});

describe('mixTracks', () => {
  it('keeps lips in sync though one source takes longer to open, with neither gap nor burst', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const audio = source({ count: 500, delayMs: 20 });
      const video = source({ kind: 'video', durationMs: 40, count: 250, delayMs: 800 });
      mixTracks(audio, video).pipe(pace({ clock })).subscribe(record());
      return () => {
        expect(distinctSteps(of('audio', out))).toEqual([20]);
        expect(distinctSteps(of('video', out))).toEqual([40]);
        const offsets = new Set(out.map((o) => o.due - o.pts));
        expect(offsets.size).toBe(1);
        expect(out).toHaveLength(750);
      };
    });
  });

  it('does not wait for a source that is known to be live', () => {
    inVirtualTime(({ source, scheduler, clock, out, record }) => {
      const camera = createFakeMedia({ kind: 'video', live: true, count: 5, delayMs: 3000, scheduler });
      mixTracks(source({ count: 200, delayMs: 20 }), camera)
        .pipe(pace({ clock }))
        .subscribe(record());
      return () => expect(out[0]!.at).toBe(20);
    });
  });

  it('reads no more than a second ahead of what has no room, each for itself, also in a pause', () => {
    inVirtualTime(({ source, clock, out, record, at }) => {
      const paused$ = new BehaviorSubject(false);
      const audio = source();
      const video = source({ kind: 'video', durationMs: 40 });
      mixTracks(audio, video).pipe(pace({ clock }), pauseGate(paused$, { clock })).subscribe(record());
      at(5003, () => paused$.next(true));
      at(15_003, () => paused$.next(false));
      return () => {
        // One second each in here and in pace; two of video.
        expect(audio.log.read - of('audio', out).length).toBeLessThanOrEqual(102);
        expect(video.log.read - of('video', out).length).toBeLessThanOrEqual(102);
        expect(distinctSteps(of('audio', out))).toEqual([20, 10_020]);
        expect(distinctSteps(of('video', out))).toEqual([40, 10_040]);
      };
    });
  });

  it('goes on with silence when the audio has ended, up to the end of the video', () => {
    inVirtualTime(({ source, clock, scheduler, out, record }) => {
      let ended = NaN;
      mixTracks(source({ count: 100 }), source({ kind: 'video', durationMs: 40, count: 250 }))
        .pipe(pace({ clock }))
        .subscribe({ next: record(), complete: () => (ended = scheduler.now()) });
      return () => {
        const audio = of('audio', out);
        expect(audio).toHaveLength(500);
        expect(distinctSteps(audio)).toEqual([20]);
        expect(audio.filter((o) => o.sample.data === OPUS_SILENCE)).toHaveLength(400);
        expect(audio.every((o) => o.at === o.due)).toBe(true);
        expect(distinctSteps(of('video', out))).toEqual([40]);
        expect(ended).toBe(10_000);
      };
    });
  });

  it('gives silence to a video that never had audio', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const video = source({ kind: 'video', durationMs: 40, count: 50, startMs: 3000 });
      mixTracks(EMPTY, video).pipe(pace({ clock })).subscribe(record());
      return () => {
        expect(of('audio', out)).toHaveLength(100);
        expect(out.every((o) => o.due - o.pts === out[0]!.due - out[0]!.pts)).toBe(true);
      };
    });
  });

  it('gives a live picture as much silence as it lasts, after an audio of its own time', () => {
    inVirtualTime(({ source, scheduler, clock, out, record }) => {
      const camera = new Observable<Sample>((subscriber) => {
        const frames: Sample[] = [];
        const one = createFakeSource({ kind: 'video', durationMs: 40, count: 150, live: true, startMs: 70_000 });
        one.subscribe((sample) => frames.push(sample));
        for (const [i, frame] of frames.entries()) {
          subscriber.add(scheduler.schedule(() => subscriber.next(frame), i * 40));
        }
        subscriber.add(scheduler.schedule(() => subscriber.complete(), 6000));
      });
      mixTracks(source({ count: 100 }), camera)
        .pipe(pace({ clock }))
        .subscribe(record());
      return () => {
        expect(distinctSteps(of('audio', out))).toEqual([20]);
        expect(of('audio', out).length).toBeGreaterThan(300 - 51);
        expect(of('audio', out).length).toBeLessThanOrEqual(400);
        expect(distinctSteps(of('video', out))).toEqual([40]);
      };
    });
  });

  it('plays a song with a clip that loops, both without a gap', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const song = source({ count: 450 });
      const clip = source({ kind: 'video', durationMs: 40, count: 20 });
      mixTracks(song, clip.pipe(loop()), { onAudioEnd: 'complete' }).pipe(pace({ clock })).subscribe(record());
      return () => {
        expect(of('audio', out)).toHaveLength(450);
        expect(of('video', out)).toHaveLength(225);
        expect(distinctSteps(of('audio', out))).toEqual([20]);
        expect(distinctSteps(of('video', out))).toEqual([40]);
        expect(clip.log.opened).toBe(clip.log.closed);
      };
    });
  });

  it('asks each source for its own kind, and seeks both', () => {
    inVirtualTime(({ clock, out, record }) => {
      const audio = createFakeMedia({ count: 100 });
      const video = createFakeMedia({ count: 50, kind: 'video', durationMs: 40 });
      const mix = mixTracks(audio, video, { label: 'film' });
      expect(mix).toMatchObject({ label: 'film', seekable: true, live: false, startMs: 0 });
      const accepts = { audio: ['opus'], video: ['h264'] } as const;
      mix.open({ startMs: 1000, reason: 'seek', accepts }).pipe(pace({ clock })).subscribe(record());
      return () => {
        expect(audio.openings[0]!.request).toMatchObject({
          startMs: 1000,
          reason: 'seek',
          accepts: { audio: ['opus'], video: [] },
        });
        expect(video.openings[0]!.request).toMatchObject({ startMs: 1000, accepts: { audio: [], video: ['h264'] } });
        expect(out.slice(0, 2).map((o) => o.pts)).toEqual([1000, 1000]);
        expect(out[0]!.sample.segment!.reason).toBe('seek');
      };
    });
  });

  it('is live when one of them is', () => {
    const live = createFakeMedia({ live: true });
    expect(mixTracks(live, NEVER)).toMatchObject({ label: 'mix', live: true });
    expect(mixTracks(NEVER, live).live).toBe(true);
    expect(mixTracks(NEVER, NEVER).live).toBe(false);
  });

  it('cannot be seeked in when one of them cannot, or begins elsewhere', () => {
    const whole = createFakeMedia({ count: 5 });
    for (const other of [createFakeMedia({ seekable: false }), createFakeMedia({ startMs: 5000 }), NEVER]) {
      expect(mixTracks(whole, other).seekable).toBe(false);
      expect(mixTracks(other, whole).seekable).toBe(false);
    }
    const shifted = createFakeMedia({ startMs: 5000, count: 255 });
    expect(mixTracks(shifted, shifted)).toMatchObject({ seekable: true, startMs: 5000 });
    mixTracks(shifted, whole).subscribe();
    expect([shifted.openings[0]!.request.startMs, whole.openings[0]!.request.startMs]).toEqual([5000, 0]);
    expect(mixTracks(createFakeMedia({ live: true }), whole).live).toBe(true);
  });

  it('can be ended from inside next', () => {
    inVirtualTime(({ source, clock, out, record }) => {
      const sources = [source({ delayMs: 1 }), source({ delayMs: 1, kind: 'video' })] as const;
      mixTracks(...sources)
        .pipe(pace({ clock }), take(5))
        .subscribe(record());
      return () => {
        expect(out).toHaveLength(5);
        expect(sources.map((one) => one.log.closed)).toEqual([1, 1]);
      };
    });
  });

  it('is a source of samples', () => {
    expectTypeOf(
      mixTracks(
        EMPTY,
        throwError(() => new Error('no')),
      ),
    ).toEqualTypeOf<MediaSource>();
  });
});
