import type { DtlsCertificate } from '../certificate.ts';
import { lastingCopy } from '../lasting-copy.ts';
import type { DtlsFingerprint, DtlsRole, SrtpProfile } from '../types.ts';
import { HandshakeFailure } from './alert.ts';
import { HANDSHAKE_TYPES, wholeMessage, type HandshakeMessage, type HandshakeType } from './handshake-message.ts';
import type { KeySchedule, WriteKeys } from './key-schedule.ts';

/** One thing to send in a flight. */
export type FlightPart = HandshakeMessage | 'change_cipher_spec';
export type Flight = readonly FlightPart[];

export interface HandshakeOptions {
  readonly certificate: DtlsCertificate;
  /** Of the peer's certificate; one of them has to fit. */
  readonly fingerprints: readonly DtlsFingerprint[];
  /** Best first. */
  readonly srtpProfiles: readonly SrtpProfile[];
  /** Called when the keys of epoch 1 are known, before anything of that epoch is sent. */
  readonly protect: (keys: Readonly<Record<DtlsRole, WriteKeys>>) => void;
}

export interface HandshakeResult {
  readonly srtpProfile: SrtpProfile;
  readonly schedule: KeySchedule;
  /** What is still to be sent. */
  readonly lastFlight: Flight;
}

/**
 * One side of a handshake, written down as a script: it yields a flight to send (or nothing), is resumed with the next
 * message of the peer's, and returns when the handshake is complete. It throws {@link HandshakeFailure}.
 */
export type HandshakeScript = Generator<Flight, HandshakeResult, HandshakeMessage>;

/** What was said in a handshake, and what is about to be. */
export class Conversation {
  #transcript: Buffer[] = [];
  #flight: FlightPart[] = [];
  #nextSequence = 0;

  /** All messages of both sides until now, as Finished and signatures cover them. */
  get transcript(): Buffer {
    return Buffer.concat(this.#transcript);
  }

  say(type: HandshakeType, body: Buffer, epoch = 0): void {
    const message = { type: HANDSHAKE_TYPES[type], sequence: this.#nextSequence++, body: lastingCopy(body), epoch };
    this.#flight.push(message);
    this.#transcript.push(wholeMessage(message));
  }

  changeCipherSpec(): void {
    this.#flight.push('change_cipher_spec');
  }

  /** What was said since the last call. */
  takeFlight(): Flight {
    return this.#flight.splice(0);
  }

  /** Forgets what was said (RFC 6347, section 4.2.1: the exchange of cookies is no part of the handshake). */
  forget(): void {
    this.#transcript = [];
  }

  /** Sends what was said and waits for one of these messages. */
  *hear(...types: readonly HandshakeType[]): Generator<Flight, HandshakeMessage, HandshakeMessage> {
    const message = yield this.takeFlight();
    const isExpected = types.some((type) => HANDSHAKE_TYPES[type] === message.type);
    const isProtected = message.epoch > 0;
    if (!isExpected || isProtected !== (message.type === HANDSHAKE_TYPES.finished)) {
      throw new HandshakeFailure(
        'unexpected_message',
        `the peer sent message ${message.type} instead of ${types.join(' or ')}`,
      );
    }
    this.#transcript.push(wholeMessage(message));
    return message;
  }

  /** Waits for the peer's Finished and checks it: both sides saw the same handshake and have the same keys. */
  *hearFinished(from: DtlsRole, schedule: KeySchedule): Generator<Flight, void, HandshakeMessage> {
    const expected = schedule.verifyData(from, this.transcript);
    const { body } = yield* this.hear('finished');
    if (!body.equals(expected)) throw new HandshakeFailure('decrypt_error', 'the two sides saw different handshakes');
  }
}
