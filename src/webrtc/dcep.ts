/** Payload protocol identifiers (RFC 8831, section 8). */
export const PPID_DCEP = 50;
export const PPID_STRING = 51;
export const PPID_STRING_EMPTY = 56;

const ACK = 2;
const OPEN = 3;
const OPEN_HEADER_LENGTH = 12;

/** A message of the Data Channel Establishment Protocol (RFC 8832, section 5). */
export type DcepMessage = { readonly type: 'ack' } | { readonly type: 'open'; readonly label: string };

/** Writes a message; an OPEN is for a reliable, ordered channel. */
export function encodeDcep(message: DcepMessage): Buffer {
  if (message.type === 'ack') return Buffer.from([ACK]);
  const label = Buffer.from(message.label);
  const header = Buffer.alloc(OPEN_HEADER_LENGTH);
  header[0] = OPEN;
  header.writeUInt16BE(label.length, 8);
  return Buffer.concat([header, label]);
}

/** Reads a message; undefined for what is none. Never throws. */
export function decodeDcep(bytes: Buffer): DcepMessage | undefined {
  if (bytes[0] === ACK) return { type: 'ack' };
  if (bytes[0] !== OPEN || bytes.length < OPEN_HEADER_LENGTH) return undefined;
  const end = OPEN_HEADER_LENGTH + bytes.readUInt16BE(8);
  if (end > bytes.length) return undefined;
  return { type: 'open', label: bytes.toString('utf8', OPEN_HEADER_LENGTH, end) };
}
