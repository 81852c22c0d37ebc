import type { Flight } from './conversation.ts';
import { fragmentMessage } from './handshake-message.ts';
import { CHANGE_CIPHER_SPEC, HANDSHAKE, SEALED_OVERHEAD } from './record.ts';

export interface FlightSenderOptions {
  /** Makes a record with the next number of its epoch. */
  record: (type: number, epoch: number, payload: Buffer) => Buffer;
  send: (datagram: Buffer) => void;
}

/** What a datagram may hold, to pass every path unfragmented. */
const MAX_DATAGRAM = 1200;
/** First wait for an answer; it doubles. Much less than RFC 6347, section 4.2.4.1, begins with, as in other WebRTC stacks. */
const FIRST_TIMEOUT_MS = 150;
const MAX_TIMEOUT_MS = 800;
/** A flight is not repeated faster than this, however often the peer asks by repeating its own. */
const MIN_SPACING_MS = 50;

/** Sends a flight, and sends it again until it is answered (RFC 6347, section 4.2.4). */
export class FlightSender {
  readonly #options: FlightSenderOptions;
  #flight: Flight = [];
  #sentMs = -Infinity;
  #timeoutMs = FIRST_TIMEOUT_MS;
  /** When to send the flight again; never, when it is the last one and only the peer can miss it. */
  #dueMs = Infinity;

  constructor(options: FlightSenderOptions) {
    this.#options = options;
  }

  get nextMs(): number {
    return this.#dueMs;
  }

  /** @param awaitsAnswer whether it is to be repeated until the next flight. */
  send(flight: Flight, awaitsAnswer: boolean, nowMs: number): void {
    this.#flight = flight;
    this.#timeoutMs = FIRST_TIMEOUT_MS;
    this.#transmit(nowMs);
    if (!awaitsAnswer) this.#dueMs = Infinity;
  }

  /** Sends the flight once more, unless that was done just now. */
  repeat(nowMs: number): void {
    if (this.#flight.length === 0 || nowMs - this.#sentMs < MIN_SPACING_MS) return;
    const wasFinal = this.#dueMs === Infinity;
    this.#transmit(nowMs);
    if (wasFinal) this.#dueMs = Infinity;
  }

  tick(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.#timeoutMs = Math.min(2 * this.#timeoutMs, MAX_TIMEOUT_MS);
    this.#transmit(nowMs);
  }

  /** Stops repeating: the handshake is over. */
  stop(): void {
    this.#dueMs = Infinity;
  }

  /** Every transmission has new record numbers: a record must never be encrypted twice under one number. */
  #transmit(nowMs: number): void {
    this.#sentMs = nowMs;
    this.#dueMs = nowMs + this.#timeoutMs;
    let datagram: Buffer[] = [];
    let length = 0;
    const flush = (): void => {
      if (length > 0) this.#options.send(Buffer.concat(datagram));
      datagram = [];
      length = 0;
    };
    for (const record of this.#records()) {
      if (length + record.length > MAX_DATAGRAM) flush();
      datagram.push(record);
      length += record.length;
    }
    flush();
  }

  *#records(): Generator<Buffer> {
    const { record } = this.#options;
    for (const part of this.#flight) {
      if (part === 'change_cipher_spec') yield record(CHANGE_CIPHER_SPEC, 0, Buffer.from([1]));
      else {
        for (const fragment of fragmentMessage(part, MAX_DATAGRAM - SEALED_OVERHEAD)) {
          yield record(HANDSHAKE, part.epoch, fragment);
        }
      }
    }
  }
}
