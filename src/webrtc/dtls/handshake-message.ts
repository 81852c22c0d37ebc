/** Handshake types: RFC 5246, section 7.4, and RFC 6347, section 4.3.2. */
export const HANDSHAKE_TYPES = {
  client_hello: 1,
  server_hello: 2,
  hello_verify_request: 3,
  certificate: 11,
  server_key_exchange: 12,
  certificate_request: 13,
  server_hello_done: 14,
  certificate_verify: 15,
  client_key_exchange: 16,
  finished: 20,
} as const;

export type HandshakeType = keyof typeof HANDSHAKE_TYPES;

/** A whole handshake message. */
export interface HandshakeMessage {
  readonly type: number;
  readonly sequence: number;
  readonly body: Buffer;
  /** The epoch of the record it came in or is to leave in: 1 when encrypted. */
  readonly epoch: number;
}

const HEADER_LENGTH = 12;
/** More than any chain of certificates that peers present. */
const MAX_MESSAGE_LENGTH = 16_384;
/** How many messages ahead of the next one are kept. */
const MAX_AHEAD = 8;

/** The message in pieces of at most `maxLength` bytes, each with a header of its own (RFC 6347, section 4.2.2). */
export function fragmentMessage(message: HandshakeMessage, maxLength: number): Buffer[] {
  const { body } = message;
  const room = maxLength - HEADER_LENGTH;
  const fragments: Buffer[] = [];
  for (let offset = 0; offset < body.length || fragments.length === 0; offset += room) {
    const part = body.subarray(offset, offset + room);
    const header = Buffer.alloc(HEADER_LENGTH);
    header[0] = message.type;
    header.writeUIntBE(body.length, 1, 3);
    header.writeUInt16BE(message.sequence, 4);
    header.writeUIntBE(offset, 6, 3);
    header.writeUIntBE(part.length, 9, 3);
    fragments.push(Buffer.concat([header, part]));
  }
  return fragments;
}

/** The message as it enters hashes and signatures: in one piece, whatever way it travelled. */
export function wholeMessage(message: HandshakeMessage): Buffer {
  return fragmentMessage(message, Infinity)[0]!;
}

interface Partial {
  readonly type: number;
  readonly epoch: number;
  readonly body: Buffer;
  readonly arrived: Uint8Array;
  missing: number;
}

/** Puts fragments together and messages in order (RFC 6347, section 4.2.2 and 4.2.3). */
export class Reassembler {
  #next = 0;
  readonly #partials = new Map<number, Partial>();

  /** Takes the content of one handshake record. Returns whether it repeats something that was complete before. */
  push(epoch: number, payload: Buffer): { repeats: boolean } {
    let repeats = false;
    for (let at = 0; at + HEADER_LENGTH <= payload.length;) {
      const length = payload.readUIntBE(at + 9, 3);
      const fragment = payload.subarray(at + HEADER_LENGTH, at + HEADER_LENGTH + length);
      if (fragment.length < length) break;
      if (payload.readUInt16BE(at + 4) < this.#next) repeats = true;
      else this.#add(epoch, payload.subarray(at, at + HEADER_LENGTH), fragment);
      at += HEADER_LENGTH + length;
    }
    return { repeats };
  }

  /** The next message in order, if it is complete. */
  shift(): HandshakeMessage | undefined {
    const partial = this.#partials.get(this.#next);
    if (!partial || partial.missing > 0) return undefined;
    this.#partials.delete(this.#next);
    return { type: partial.type, sequence: this.#next++, body: partial.body, epoch: partial.epoch };
  }

  #add(epoch: number, header: Buffer, fragment: Buffer): void {
    const type = header[0]!;
    const total = header.readUIntBE(1, 3);
    const sequence = header.readUInt16BE(4);
    const offset = header.readUIntBE(6, 3);
    if (sequence >= this.#next + MAX_AHEAD || total > MAX_MESSAGE_LENGTH || offset + fragment.length > total) return;
    let partial = this.#partials.get(sequence);
    // Of two messages that contradict each other the later counts: a forged one may have come first.
    if (!partial || partial.type !== type || partial.epoch !== epoch || partial.body.length !== total) {
      partial = { type, epoch, body: Buffer.alloc(total), arrived: new Uint8Array(total), missing: total };
      this.#partials.set(sequence, partial);
    }
    for (let i = 0; i < fragment.length; i++) {
      if (partial.arrived[offset + i]) continue;
      partial.arrived[offset + i] = 1;
      partial.body[offset + i] = fragment[i]!;
      partial.missing--;
    }
  }
}
