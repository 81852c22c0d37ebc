import { randomUUID } from 'node:crypto';
import { RxcallError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { allocateSsrcs } from '../../telegram/ssrc.ts';
import { createTransport } from '../../webrtc/create-transport.ts';
import { ForwardLeg } from '../conference/forward-leg.ts';
import type { Participant } from '../conference/participant.ts';
import { chooseParameters } from './choose-parameters.ts';
import { createAnswer } from './create-answer.ts';
import { parseOffer } from './parse-offer.ts';

/** One browser that listens. */
export interface BrowserListener {
  readonly id: string;
  /** The SDP answer. */
  readonly answer: string;
  /** Listens to this participant from now on, on the same connection; undefined for nobody. */
  choose(participant: Participant | undefined): void;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface BrowserListenerOptions {
  /** Local addresses that media goes over. */
  addresses: readonly string[];
  logger: Logger;
}

/**
 * Answers a browser's offer and sends it the audio of whom it chooses. The browser's own addresses do not matter: it
 * is found by its checks.
 *
 * @throws RxcallError `ERR_PAYLOAD` when the offer is malformed or does not ask for Opus.
 */
export async function createBrowserListener(
  offerSdp: string,
  options: BrowserListenerOptions,
): Promise<BrowserListener> {
  const { addresses, logger } = options;
  const offer = parseOffer(offerSdp);
  const media = offer.media.find(({ kind }) => kind === 'audio');
  const parameters = media && chooseParameters(media, 'opus');
  if (!media || !parameters) throw new RxcallError('ERR_PAYLOAD', 'The SDP offer does not ask to receive Opus.');

  const transport = await createTransport({ iceRole: 'controlled', dtlsRole: 'server', addresses, logger });
  const ssrc = allocateSsrcs().audio;
  const cname = randomUUID();
  const track = transport.createTrack({ kind: 'audio', ssrc, parameters, cname, mid: media.mid });
  const leg = new ForwardLeg(track);
  let release: (() => void) | undefined;
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
    release?.();
    release = undefined;
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
    answer: createAnswer(offer, transport.localParameters, [{ mid: media.mid, ssrc, parameters, cname }]),
    choose(participant) {
      release?.();
      release = participant?.listen((stream, record, packet) => {
        if (stream.kind === 'audio') leg.forward(stream, record, packet.payload);
      });
    },
    closed,
    close,
  };
}
