import { BehaviorSubject, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MediaClock } from '../../../src/core/media-clock.ts';
import type { PacedSample } from '../../../src/core/sample.ts';
import type { ReceivedFrame } from '../../../src/testing/conference/frame-assembler.ts';
import type { FrameListener, PacketListener, Participant } from '../../../src/testing/conference/participant.ts';
import { ReceivedStream } from '../../../src/testing/conference/received-stream.ts';
import { Relay } from '../../../src/testing/conference/relay.ts';
import type { ReceivedRtp, TransportState, WebRtcTrack } from '../../../src/webrtc/types.ts';
import { opusPackets } from '../measurement/synthetic-stream.ts';

/** Somebody who sends what the test says. */
function createSource() {
  const audio = new ReceivedStream({ kind: 'audio', ssrc: 1, clockRate: 48_000 });
  const video = new ReceivedStream({ kind: 'video', ssrc: 2, clockRate: 90_000 });
  const listeners = new Set<PacketListener>();
  const watchers = new Set<FrameListener>();
  const source = {
    wanted: 0,
    participant: {
      senderTimeUs: () => undefined,
      wantKeyframe: () => source.wanted++,
      listen(listener: PacketListener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      watch(watcher: FrameListener) {
        watchers.add(watcher);
        return () => watchers.delete(watcher);
      },
    } as unknown as Participant,
    sound(index: number, payload: Uint8Array = Uint8Array.of(0xfc, 1, 2)) {
      const record = opusPackets(index + 1)[index]!;
      for (const listener of listeners) listener(audio, record, { payload } as ReceivedRtp);
    },
    picture(index: number, frame: Partial<ReceivedFrame> = {}) {
      const rtpTime = index * 3600;
      const whole = { data: Uint8Array.of(index), codec: 'vp8', keyframe: false, rtpTime, arrivalMs: 0 } as const;
      for (const watcher of watchers) watcher(video, { ...whole, ...frame });
    },
    get heard() {
      return listeners.size + watchers.size;
    },
  };
  return source;
}

function setup(initial: TransportState = 'connected') {
  const sent: PacedSample[] = [];
  const time = { us: 5_000_000 };
  const requests$ = new Subject<'pli' | 'fir'>();
  const track = { write: (sample: PacedSample) => sent.push(sample), keyframeRequests$: requests$ };
  const state$ = new BehaviorSubject<TransportState>(initial);
  const clock: MediaClock = { nowUs: () => time.us, arm: () => {}, disarm: () => {} };
  const transport = {
    get state() {
      return state$.value;
    },
    state$,
  };
  const tracks = {
    audio: () => track as unknown as WebRtcTrack,
    video: (codec: string) => (codec === 'vp8' ? (track as unknown as WebRtcTrack) : undefined),
  };
  const relay = new Relay(transport, tracks, clock);
  if (initial === 'connected') vi.advanceTimersByTime(1000);
  const sentMs = (): number[] => sent.map(({ dueUs }) => (dueUs - 5_000_000) / 1000);
  return { relay, sent, sentMs, time, requests$, state$ };
}

describe('Relay', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('goes on in time when another sender takes over', () => {
    const { relay, sentMs, time } = setup();
    const [first, second] = [createSource(), createSource()];
    relay.follow(first.participant);
    first.sound(0);
    relay.follow(second.participant);
    time.us += 20_000;
    first.sound(1);
    second.sound(7);
    time.us += 25_000;
    second.sound(8);
    expect(sentMs()).toEqual([0, 20, 40]);
    expect(first.heard).toBe(0);
  });

  it('leaves out sound that comes late in order, and what is empty', () => {
    const { relay, sentMs } = setup();
    const source = createSource();
    relay.follow(source.participant);
    source.sound(0);
    source.sound(2);
    source.sound(1);
    source.sound(3, new Uint8Array(0));
    expect(sentMs()).toEqual([0, 40]);
  });

  it('copies the sound that it sends: the packet it came in is only lent', () => {
    const { relay, sent } = setup();
    const source = createSource();
    relay.follow(source.participant);
    const lent = Uint8Array.of(1, 2, 3);
    source.sound(0, lent);
    lent.fill(9);
    expect([...sent[0]!.data]).toEqual([1, 2, 3]);
  });

  it('shows a picture from a keyframe on, and asks for one until it comes', () => {
    const { relay, sent, time } = setup();
    const source = createSource();
    relay.follow(source.participant);
    expect(source.wanted).toBe(1);
    source.picture(0);
    source.picture(1);
    expect(source.wanted).toBe(3);
    source.picture(2, { keyframe: true });
    time.us += 40_000;
    source.picture(3);
    expect(sent.map(({ data }) => data[0])).toEqual([2, 3]);
    expect(source.wanted).toBe(3);
  });

  it('loses no frame whose time steps back, and lets time go on', () => {
    const { relay, sentMs } = setup();
    const source = createSource();
    relay.follow(source.participant);
    source.picture(2, { keyframe: true });
    source.picture(2);
    source.picture(1);
    source.picture(3);
    expect(sentMs()).toEqual([0, 1, 2, 40]);
  });

  it('sends nothing before it is connected, and no picture before that can be decrypted', () => {
    const { relay, sent, state$ } = setup('connecting');
    const source = createSource();
    relay.follow(source.participant);
    source.sound(0);
    source.picture(0, { keyframe: true });
    expect(source.wanted).toBe(0);
    state$.next('connected');
    source.sound(1);
    source.picture(1, { keyframe: true });
    expect([sent.map(({ kind }) => kind), source.wanted]).toEqual([['audio'], 0]);
    vi.advanceTimersByTime(100);
    expect(source.wanted).toBe(1);
    source.picture(2, { keyframe: true });
    expect(sent).toHaveLength(2);
  });

  it('passes keyframe requests on to whoever sends, and none after its end', () => {
    const { relay, requests$ } = setup();
    const [first, second] = [createSource(), createSource()];
    relay.follow(first.participant);
    first.picture(0, { keyframe: true });
    requests$.next('pli');
    expect(first.wanted).toBe(2);
    relay.follow(second.participant);
    requests$.next('fir');
    expect([first.wanted, second.wanted]).toEqual([2, 2]);
    relay.close();
    requests$.next('pli');
    expect([first.wanted, second.wanted, second.heard]).toEqual([2, 2, 0]);
    expect(requests$.observed).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves out a picture that cannot be shown', () => {
    const { relay, sent } = setup();
    const source = createSource();
    relay.follow(source.participant);
    source.picture(0, { keyframe: true, codec: 'h264' });
    expect(sent).toEqual([]);
  });

  it('goes on with a keyframe after what it left out', () => {
    const { relay, sent } = setup();
    const source = createSource();
    relay.follow(source.participant);
    source.picture(0, { keyframe: true });
    source.picture(1, { codec: 'h264' });
    const { wanted } = source;
    source.picture(2);
    expect(source.wanted).toBe(wanted + 1);
    source.picture(3, { keyframe: true });
    expect(sent.map(({ data }) => data[0])).toEqual([0, 3]);
  });
});
