import { NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MediaKind, PacedSample } from '../../src/core/sample.ts';
import { Segment } from '../../src/core/segment.ts';
import { toWebRtcTrack } from '../../src/sinks/webrtc-track.ts';
import type { WebRtcTrack } from '../../src/webrtc/types.ts';

function track(kind: MediaKind): WebRtcTrack & { written: PacedSample[] } {
  const written: PacedSample[] = [];
  return {
    kind,
    written,
    ssrc: 1,
    write: (sample: PacedSample) => void written.push(sample),
    keyframeRequests$: NEVER,
    started$: NEVER,
  } as unknown as WebRtcTrack & { written: PacedSample[] };
}

function sample(kind: MediaKind, segment: Segment | undefined): PacedSample {
  const codec = kind === 'audio' ? 'opus' : 'vp8';
  return { kind, codec, data: new Uint8Array(1), ptsUs: 0, durationUs: 20_000, keyframe: true, dueUs: 0, segment };
}

describe('toWebRtcTrack', () => {
  it('writes each kind on its track and drops what has none', () => {
    const [audio, video] = [track('audio'), track('video')];
    of(sample('audio', undefined), sample('video', undefined)).subscribe(toWebRtcTrack(audio, video));
    of(sample('audio', undefined), sample('video', undefined)).subscribe(toWebRtcTrack(audio));
    expect(audio.written.map((s) => s.kind)).toEqual(['audio', 'audio']);
    expect(video.written.map((s) => s.kind)).toEqual(['video']);
  });

  it('lets a segment know of its sinks, so that one of two cannot freeze it', () => {
    const segment = new Segment();
    const source$ = new Subject<PacedSample>();
    source$.subscribe(toWebRtcTrack(track('audio'), track('video')));
    source$.next(sample('audio', segment));
    source$.next(sample('video', segment));
    expect(segment.freezable).toBe(true);
    source$.subscribe(toWebRtcTrack(track('audio')));
    source$.next(sample('audio', segment));
    expect(segment.freezable).toBe(false);
    source$.complete();
    expect(segment.freezable).toBe(true);
  });

  it('lets a segment go at a break, when both kinds have left it', () => {
    const [old, next] = [new Segment(), new Segment()];
    const source$ = new Subject<PacedSample>();
    source$.subscribe(toWebRtcTrack(track('audio')));
    const release = old.attach();
    source$.next(sample('audio', old));
    source$.next(sample('video', old));
    expect(old.freezable).toBe(false);
    source$.next(sample('audio', next));
    expect(old.freezable).toBe(false);
    source$.next(sample('video', next));
    expect(old.freezable).toBe(true);
    release();
  });
});
