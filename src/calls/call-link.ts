import { type Observable, Subject } from 'rxjs';
import type { MediaKind } from '../core/sample.ts';
import { createJoinPayload } from '../telegram/join-payload.ts';
import type { JoinAnswer } from '../telegram/parse-answer.ts';
import { allocateSsrcs, type CallSsrcs } from '../telegram/ssrc.ts';
import { resolveBounds } from '../webrtc/congestion/congestion-controller.ts';
import { createTransport } from '../webrtc/create-transport.ts';
import { keepTrackAlive } from './keep-track-alive.ts';
import type { TransportOptions } from '../webrtc/transport-options.ts';
import type { RtpParameters, WebRtcTrack, WebRtcTransport } from '../webrtc/types.ts';

/** Between which bitrates video is kept in a call, in bit/s: Telegram's own clients send no more than a megabit. */
const CALL_BOUNDS = { min: 300_000, max: 1_000_000 } as const;

export type RtcAnswer = Extract<JoinAnswer, { mode: 'rtc' }>;

/** One place of a call at its server: what it is announced with, and the tracks it has once it was answered. */
export interface CallLink {
  readonly ssrcs: CallSsrcs;
  readonly joinPayload: string;
  readonly transport: WebRtcTransport;
  readonly tracks: Readonly<Partial<Record<MediaKind, WebRtcTrack>>>;
  /** What the network leaves for video, in kbit/s; undefined while it leaves all there may be. */
  readonly videoLimitKbps: number | undefined;
  /** The receiver wants a picture that decodes on its own. Completes with the transport. */
  readonly keyframeRequests$: Observable<'pli' | 'fir'>;
  /** Makes the tracks as the answer wants them, and connects; with another answer again, as `transport.connect` does. */
  connect(answer: RtcAnswer, signal?: AbortSignal): Promise<void>;
}

export interface CallLinkOptions extends TransportOptions {
  /** What video is sent as, if the answer lets us choose. Default `'vp8'`. */
  videoCodec?: 'vp8' | 'h264' | undefined;
  /** Makes the transport. Default {@link createTransport}; others are for tests. */
  createTransport?: typeof createTransport | undefined;
}

export async function createCallLink(options: CallLinkOptions): Promise<CallLink> {
  const { videoCodec = 'vp8', createTransport: create = createTransport, ...transportOptions } = options;
  const keyframeRequests$ = new Subject<'pli' | 'fir'>();
  const videoBitrate = resolveBounds(options.videoBitrate ?? {}, CALL_BOUNDS);
  const transport = await create({ ...transportOptions, videoBitrate });
  const ssrcs = allocateSsrcs();
  const tracks: Partial<Record<MediaKind, WebRtcTrack>> = {};
  const cname = ssrcs.audio.toString(36);

  function agree({ audio, video }: RtcAnswer): void {
    if (tracks.audio) tracks.audio.agree(audio);
    else tracks.audio = transport.createTrack({ kind: 'audio', ssrc: ssrcs.audio, parameters: audio, cname });
    const parameters = video[videoCodec] ?? video.vp8 ?? video.h264;
    if (!parameters) return;
    if (tracks.video) tracks.video.agree(parameters);
    else tracks.video = createVideoTrack(parameters);
  }

  function createVideoTrack(parameters: RtpParameters): WebRtcTrack {
    const { video: ssrc, rtx: rtxSsrc } = ssrcs;
    const track = transport.createTrack({ kind: 'video', ssrc, rtxSsrc, parameters, cname });
    track.keyframeRequests$.subscribe(keyframeRequests$);
    keepTrackAlive(track, transport, options.clock);
    return track;
  }

  return {
    ssrcs,
    transport,
    tracks,
    get videoLimitKbps() {
      const { targetBitrate } = transport.getStats();
      return targetBitrate < videoBitrate.max ? targetBitrate / 1000 : undefined;
    },
    keyframeRequests$: keyframeRequests$.asObservable(),
    joinPayload: createJoinPayload({ ssrcs, local: transport.localParameters }),
    connect(answer, signal) {
      agree(answer);
      return transport.connect(answer.remote, { signal });
    },
  };
}
