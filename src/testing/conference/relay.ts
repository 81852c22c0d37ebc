import type { Subscription } from 'rxjs';
import type { MediaClock } from '../../core/media-clock.ts';
import { processClock } from '../../core/process-clock.ts';
import type { PacedSample } from '../../core/sample.ts';
import type { WebRtcTrack, WebRtcTransport } from '../../webrtc/types.ts';
import type { PacketRecord } from '../measurement/packet-log.ts';
import type { ReceivedFrame, VideoCodec } from './frame-assembler.ts';
import type { Participant } from './participant.ts';
import type { ReceivedStream } from './received-stream.ts';
import { RelayClock } from './relay-clock.ts';

/** Where a relay sends to. */
export interface RelayTracks {
  /** The track for the sound. */
  audio(): WebRtcTrack;
  /** The track for a picture of this codec; undefined when it cannot be shown, or is not wanted. */
  video(codec: VideoCodec): WebRtcTrack | undefined;
}

/** A millisecond: later frames must not seem to come before earlier ones. */
const STEP_US = 1000;
/**
 * A receiver has its keys a moment later than we know that it will have them. What comes before that it does not miss: a
 * picture that begins too early is seen a second later, when the next keyframe may be asked for.
 */
const HANDSHAKE_MS = 100;

/**
 * Sends on what somebody sends, on tracks that have their own SSRCs, sequence numbers and time: when another one takes
 * over, the receiver sees streams that go on. Sound goes on packet by packet, the picture frame by frame, from a keyframe
 * on. Keyframe requests of the receiver go back to whoever sends.
 */
export class Relay {
  readonly #transport: Pick<WebRtcTransport, 'state' | 'state$'>;
  readonly #tracks: RelayTracks;
  readonly #clock: MediaClock;
  readonly #connected: Subscription;
  #source: Participant | undefined;
  #time: RelayClock | undefined;
  #release: (() => void)[] = [];
  #audioUs = -Infinity;
  #videoUs = -Infinity;
  /** The next frame sent must be a keyframe. */
  #fresh = true;
  #showing = false;
  #handshake: NodeJS.Timeout | undefined;
  #asking: { readonly track: WebRtcTrack; readonly subscription: Subscription } | undefined;

  /** `transport` is the receiver's: nothing is sent before it is connected, and the picture a moment later. */
  constructor(
    transport: Pick<WebRtcTransport, 'state' | 'state$'>,
    tracks: RelayTracks,
    clock: MediaClock = processClock,
  ) {
    this.#transport = transport;
    this.#tracks = tracks;
    this.#clock = clock;
    this.#connected = transport.state$.subscribe((state) => {
      if (state === 'connected') this.#handshake ??= setTimeout(() => this.#show(), HANDSHAKE_MS);
    });
  }

  /** Sends what this participant sends from now on; undefined for nobody. */
  follow(source: Participant | undefined): void {
    for (const release of this.#release) release();
    this.#release = [];
    this.#source = source;
    this.#fresh = true;
    if (!source) return;
    this.#time = new RelayClock(this.#clock, (stream, rtpTime) => source.senderTimeUs(stream, rtpTime));
    this.#release = [
      source.listen((stream, record, { payload }) => {
        if (stream.kind === 'audio') this.#sendPacket(stream, record, payload);
      }),
      source.watch((stream, frame) => this.#sendFrame(stream, frame)),
    ];
    if (this.#showing) source.wantKeyframe();
  }

  close(): void {
    this.follow(undefined);
    clearTimeout(this.#handshake);
    this.#connected.unsubscribe();
    this.#asking?.subscription.unsubscribe();
  }

  #show(): void {
    this.#showing = true;
    if (this.#fresh) this.#source?.wantKeyframe();
  }

  /** A packet that is older than what was sent already is left out. */
  #sendPacket(stream: ReceivedStream, record: PacketRecord, payload: Uint8Array): void {
    if (payload.length === 0 || this.#transport.state !== 'connected') return;
    const dueUs = this.#time!.dueUs(stream, record.rtpTime);
    if (dueUs <= this.#audioUs) return;
    this.#audioUs = dueUs;
    const data = payload.slice();
    this.#tracks.audio().write(sample({ kind: 'audio', codec: 'opus', data, dueUs, keyframe: true }));
  }

  #sendFrame(stream: ReceivedStream, { data, codec, keyframe, rtpTime }: ReceivedFrame): void {
    const track = this.#showing && this.#transport.state === 'connected' ? this.#tracks.video(codec) : undefined;
    if (!track) {
      this.#fresh = true; // what comes later builds on what is left out now
      return;
    }
    this.#passRequestsOf(track);
    if (this.#fresh && !keyframe) return this.#source!.wantKeyframe();
    this.#fresh = false;
    this.#videoUs = Math.max(this.#time!.dueUs(stream, rtpTime), this.#videoUs + STEP_US);
    track.write(sample({ kind: 'video', codec, data, dueUs: this.#videoUs, keyframe }));
  }

  #passRequestsOf(track: WebRtcTrack): void {
    if (this.#asking?.track === track) return;
    this.#asking?.subscription.unsubscribe();
    const subscription = track.keyframeRequests$.subscribe(() => this.#source?.wantKeyframe());
    this.#asking = { track, subscription };
  }
}

function sample(media: Pick<PacedSample, 'kind' | 'codec' | 'data' | 'dueUs' | 'keyframe'>): PacedSample {
  return { ...media, ptsUs: media.dueUs, durationUs: 20_000 };
}
