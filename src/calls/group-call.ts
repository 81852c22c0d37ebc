import type { Observable } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import type { CallSsrcs } from '../telegram/ssrc.ts';
import type { TrackStats, TransportStats } from '../webrtc/types.ts';
import type { CallState, ConnectionState, PlaybackState } from './call-state.ts';
import type { PlaybackEvent } from './playback-events.ts';

/** What a call does, in numbers. Null is what does not exist yet. */
export interface CallStats {
  readonly positionMs: number;
  readonly transport: TransportStats;
  readonly audio: TrackStats | null;
  readonly video: TrackStats | null;
  /** What the video that plays is encoded to, in kbit/s; null when there is none, or when it is sent as it is. */
  readonly videoBitrateKbps: number | null;
  /** See {@link GroupCall.idealVideoHeight$}. */
  readonly idealVideoHeight: number | null;
}

/** One group call: a connection to Telegram's server, and what is played into it. */
export interface GroupCall extends AsyncDisposable {
  readonly chatId: string;
  /** `params` of `phone.joinGroupCall`. */
  readonly joinPayload: string;
  /** The SSRCs in {@link joinPayload}; as `source` of `phone.leaveGroupCall`, take {@link toInt32Ssrc} of the audio one. */
  readonly ssrcs: CallSsrcs;
  readonly state: CallState;
  /** Of the connection. */
  readonly status: ConnectionState['status'];
  /** What plays, or played last. */
  readonly playback: PlaybackState;
  /** Every state from the present one on; completes when the call is closed. */
  readonly state$: Observable<CallState>;
  /** What becomes of each playback, from subscription on. */
  readonly playback$: Observable<PlaybackEvent>;
  /**
   * {@link positionMs}: the present one at once, then four times a second while it moves, and with whatever changes it.
   * Completes when the call is closed.
   */
  readonly position$: Observable<number>;
  /** {@link getStats}, every second. */
  readonly stats$: Observable<CallStats>;
  /**
   * What the network leaves for video, in bit/s, 300,000 to 1,000,000 unless {@link TransportOptions.videoBitrate} says
   * otherwise. A source that is encoded and has positions is encoded anew when that is less than it is encoded to, or again
   * much more; others are only measured by it. Replays; completes when the call is closed.
   */
  readonly targetBitrate$: Observable<number>;
  /** Every text that the server sends on the data channel, from subscription on. */
  readonly messages$: Observable<string>;
  /**
   * How high a picture the server says is needed, in pixels; null before it said so. Two seconds after it said 0, pictures are
   * no longer sent, until it says otherwise; other heights are told here and change nothing by themselves. Replays.
   */
  readonly idealVideoHeight$: Observable<number | null>;
  /** By {@link pause}. */
  readonly paused: boolean;
  /** By {@link hold}. */
  readonly held: boolean;
  readonly muted: boolean;
  /** Where the playback is, in milliseconds of source time; where it ended, after its end; 0 before any. */
  readonly positionMs: number;
  /**
   * Connects, with the answer to the join: `params` of `updateGroupCallConnection`. Resolves when media can flow.
   *
   * Again with another answer, in whatever state, it joins anew as the same participant: the payload and the SSRCs stay,
   * what plays goes on at its position. A connection that is there carries it until the new one does, and stays if that
   * one comes to nothing. Of several calls the last wins.
   *
   * Rejects with a {@link PayloadError} (the call can still be connected with a better answer), a {@link CallError}
   * `ERR_CALL_MODE` for a call that has no WebRTC, a {@link TransportError} when it failed, `ERR_ABORTED` when it was
   * aborted or another call took its place (the call lives on in either case), or `ERR_CONNECT_TIMEOUT` after 10 s; then
   * it still goes on trying: one that never connected closes itself 35 s after this call.
   */
  connect(answer: string, options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Gives the connection up, in whatever state, and makes another one with a payload and SSRCs of its own: for when the
   * server does not take the old ones any more. The call is `new` then, and what plays waits until it is connected again.
   * Rejects with a {@link TransportError} `ERR_BIND`, and nothing has changed then.
   */
  renew(): Promise<void>;
  /**
   * Plays a source. What plays, plays on until the new one has its first sample, and for good if the new one fails.
   * Resolves when its first packet has left; while paused or not connected, when its first sample is there. Rejects when
   * it fails before that, is aborted, or another one takes its place.
   */
  play(source: Observable<Sample>, options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /** Falls silent at once; {@link resume} goes on where it stopped. Returns whether this changed anything. */
  pause(): boolean;
  resume(): boolean;
  /**
   * An admin does not let us speak: falls silent as {@link pause} does, and apart from it. {@link release} resumes what
   * the user has not paused. Returns whether this changed anything.
   */
  hold(): boolean;
  release(): boolean;
  /** Sends silence while the playback goes on. Returns whether this changed anything. */
  mute(): boolean;
  unmute(): boolean;
  /** Goes on at a position, in milliseconds; beyond the end, the playback ends. Also starts again what has ended. */
  seekTo(positionMs: number): Promise<void>;
  /**
   * The same, relative to the present position, or to where a seek or a playback that is under way begins; before the start is
   * the start.
   */
  seekBy(deltaMs: number): Promise<void>;
  /** Ends the playback; the call stays. */
  stop(): void;
  /**
   * Sends a text to the server on the data channel, which is opened for it; `receiverVideoConstraints` of `rxcall/telegram`
   * writes one. Rejects with a {@link CallError} `ERR_CALL_STATE` when there is no connection or the server opens no channel.
   */
  sendMessage(text: string): Promise<void>;
  getStats(): CallStats;
  /** Ends the call. Idempotent; resolves when sockets, timers and processes are gone. */
  close(): Promise<void>;
  /** Resolves when the call has closed, whoever closed it. */
  readonly closed: Promise<void>;
}
