/** The length of the message that begins with these bytes, or undefined when more of them are needed to know. */
export type LengthOf = (bytes: Buffer) => number | undefined;

/** Cuts a stream of bytes into messages. */
export class MessageStream {
  readonly #lengthOf: LengthOf;
  #rest: Buffer = Buffer.alloc(0);

  constructor(lengthOf: LengthOf) {
    this.#lengthOf = lengthOf;
  }

  /** The messages that are complete now. */
  push(chunk: Buffer): Buffer[] {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const messages: Buffer[] = [];
    for (;;) {
      const length = this.#lengthOf(rest);
      if (length === undefined || rest.length < length) break;
      messages.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#rest = rest;
    return messages;
  }
}

/** STUN messages and channel data, as a TURN server mixes them (RFC 8656, section 12.5). */
export const turnMessageLength: LengthOf = (bytes) => {
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt16BE(2);
  const isStun = bytes[0]! < 0x40;
  return isStun ? 20 + length : 4 + Math.ceil(length / 4) * 4;
};

/** Datagrams behind two bytes of length (RFC 4571, section 2); the length counts as part of the message. */
export const framedDatagramLength: LengthOf = (bytes) => (bytes.length < 2 ? undefined : 2 + bytes.readUInt16BE(0));
