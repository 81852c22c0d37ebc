import { randomUUID } from 'node:crypto';
import { RxcallError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { allocateSsrcs } from '../../telegram/ssrc.ts';
import { createTransport } from '../../webrtc/create-transport.ts';
import type { Impairment } from '../../webrtc/transport-options.ts';
import type { RtpCodec } from '../../webrtc/types.ts';
import type { VideoCodec } from '../conference/frame-assembler.ts';
import type { Participant } from '../conference/participant.ts';
import { Relay } from '../conference/relay.ts';
import { chooseParameters } from './choose-parameters.ts';
import { type AnsweredStream, createAnswer } from './create-answer.ts';
import { type BrowserOffer, parseOffer } from './parse-offer.ts';

/** One browser that listens, and watches. */
export interface BrowserListener {
  readonly id: string;
  /** The SDP answer. */
  readonly answer: string;
  /** What it can watch; undefined when it did not ask for a picture, or cannot decode this one. */
  readonly codec: VideoCodec | undefined;
  /** Listens to this participant from now on, on the same connection; undefined for nobody. */
  choose(participant: Participant | undefined): void;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface BrowserListenerOptions {
  /** Local addresses that media goes over. */
  addresses: readonly string[];
  /** Of the picture that it is going to see. A connection carries one: who shows another needs a new connection. */
  codec: VideoCodec;
  /** Loss, delay and jitter on the way to it. */
  impair?: Impairment | undefined;
  logger: Logger;
}

/**
 * Answers a browser's offer and sends it the sound and picture of whom it chooses. The browser's own addresses do not
 * matter: it is found by its checks.
 *
 * @throws RxcallError `ERR_PAYLOAD` when the offer is malformed or does not ask for Opus.
 */
export async function createBrowserListener(
  offerSdp: string,
  options: BrowserListenerOptions,
): Promise<BrowserListener> {
  const { addresses, codec, impair, logger } = options;
  const offer = parseOffer(offerSdp);
  const ssrcs = allocateSsrcs();
  const cname = randomUUID();
  const sound = chooseStream(offer, 'opus', { ssrc: ssrcs.audio, cname });
  if (!sound) throw new RxcallError('ERR_PAYLOAD', 'The SDP offer does not ask to receive Opus.');
  const picture = chooseStream(offer, codec, { ssrc: ssrcs.video, rtxSsrc: ssrcs.rtx, cname });

  const transport = await createTransport({ iceRole: 'controlled', dtlsRole: 'server', addresses, impair, logger });
  const audio = transport.createTrack({ kind: 'audio', ...sound });
  const video = picture && transport.createTrack({ kind: 'video', ...picture });
  const relay = new Relay(transport, {
    audio: () => audio,
    video: (codec) => (codec === video?.parameters.codec ? video : undefined),
  });
  let closing: Promise<void> | undefined;

  const closed = new Promise<void>((resolve) => {
    transport.state$.subscribe({
      next: (state) => {
        if (state === 'failed') void close();
      },
      complete: resolve,
    });
  });

  function close(): Promise<void> {
    relay.close();
    return (closing ??= transport.close());
  }

  transport
    .connect({ ice: offer.ice, fingerprints: offer.fingerprints, candidates: offer.candidates })
    .catch((error: unknown) => {
      if (!closing) logger.warn({ error }, 'browser did not connect');
      void close();
    });

  return {
    id: cname,
    answer: createAnswer(offer, transport.localParameters, picture ? [sound, picture] : [sound]),
    codec: picture && codec,
    choose: (participant) => relay.follow(participant),
    closed,
    close,
  };
}

/** How `codec` is sent in the first section of the offer that has it; undefined when none has. */
function chooseStream(
  offer: BrowserOffer,
  codec: RtpCodec,
  stream: Pick<AnsweredStream, 'ssrc' | 'rtxSsrc' | 'cname'>,
): AnsweredStream | undefined {
  const kind = codec === 'opus' ? 'audio' : 'video';
  for (const media of offer.media) {
    const parameters = media.kind === kind ? chooseParameters(media, codec) : undefined;
    if (parameters) return { ...stream, mid: media.mid, parameters };
  }
  return undefined;
}
