import type { MediaKind } from '../core/sample.ts';
import { createJoinPayload } from '../telegram/join-payload.ts';
import type { JoinAnswer } from '../telegram/parse-answer.ts';
import { allocateSsrcs, type CallSsrcs } from '../telegram/ssrc.ts';
import { createTransport } from '../webrtc/create-transport.ts';
import type { TransportOptions } from '../webrtc/transport-options.ts';
import type { WebRtcTrack, WebRtcTransport } from '../webrtc/types.ts';

export type RtcAnswer = Extract<JoinAnswer, { mode: 'rtc' }>;

/** One connection of a call to its server: what it is announced with, and the tracks it has once it was answered. */
export interface CallLink {
  readonly ssrcs: CallSsrcs;
  readonly joinPayload: string;
  readonly transport: WebRtcTransport;
  readonly tracks: Readonly<Partial<Record<MediaKind, WebRtcTrack>>>;
  /** Makes the tracks as the answer wants them, and connects. */
  connect(answer: RtcAnswer, signal?: AbortSignal): Promise<void>;
}

export async function createCallLink(options: TransportOptions): Promise<CallLink> {
  const transport = await createTransport(options);
  const ssrcs = allocateSsrcs();
  const tracks: Partial<Record<MediaKind, WebRtcTrack>> = {};

  function createTracks({ audio, video }: RtcAnswer): void {
    const cname = ssrcs.audio.toString(36);
    tracks.audio = transport.createTrack({ kind: 'audio', ssrc: ssrcs.audio, parameters: audio, cname });
    const parameters = video.vp8 ?? video.h264;
    if (!parameters) return;
    tracks.video = transport.createTrack({
      kind: 'video',
      ssrc: ssrcs.video,
      rtxSsrc: ssrcs.rtx,
      parameters,
      cname,
    });
  }

  return {
    ssrcs,
    transport,
    tracks,
    joinPayload: createJoinPayload({ ssrcs, local: transport.localParameters }),
    connect(answer, signal) {
      createTracks(answer);
      return transport.connect(answer.remote, { signal });
    },
  };
}
