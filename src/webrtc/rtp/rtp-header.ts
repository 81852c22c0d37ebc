import { OptionError } from '../../core/errors.ts';
import { lastingCopy } from '../lasting-copy.ts';
import {
  ABS_SEND_TIME_URI,
  AUDIO_LEVEL_URI,
  MID_URI,
  TRANSPORT_SEQUENCE_URI,
  type RtpHeaderExtension,
  type TrackOptions,
} from '../types.ts';

/** Bytes of an RTP header without sources and extensions (RFC 3550, 5.1). */
export const RTP_FIXED_BYTES = 12;
/** The padding bit in the first byte. */
export const RTP_PADDING = 0x20;
/** The marker bit in the second byte. */
export const RTP_MARKER = 0x80;

const RTP_VERSION = 0x80;
const RTP_EXTENSION = 0x10;
/* RFC 8285, 4.2 and 4.3. */
const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;

/**
 * The header of one outgoing stream, written once. Only marker, sequence number, timestamp and the values at the offsets
 * below change from packet to packet. An offset of 0 says that the extension was not negotiated.
 */
export interface RtpHeaderLayout {
  /** Header bytes with constant fields filled in; as long as every header of the stream. */
  readonly template: Buffer;
  readonly audioLevelAt: number;
  readonly absSendTimeAt: number;
  readonly transportSequenceAt: number;
}

/** Lays out the header of one outgoing stream: fixed part, then the negotiated extensions that a sender fills in. */
export function layoutRtpHeader(options: TrackOptions, ssrc: number, payloadType: number): RtpHeaderLayout {
  const values = new Map<string, Buffer>([
    [ABS_SEND_TIME_URI, Buffer.alloc(3)],
    [TRANSPORT_SEQUENCE_URI, Buffer.alloc(2)],
  ]);
  if (options.kind === 'audio') values.set(AUDIO_LEVEL_URI, Buffer.alloc(1));
  if (options.mid !== undefined) values.set(MID_URI, Buffer.from(options.mid));

  const used = options.parameters.headerExtensions.filter((extension) => values.has(extension.uri));
  for (const { id, uri } of used) {
    if (!Number.isInteger(id) || id < 1 || id > 255 || id === 15) {
      throw new OptionError(`parameters.headerExtensions (${uri})`, id, 'an id from 1 to 14, or to 255');
    }
  }
  const block = layoutExtensions(used, values);
  const fixed = Buffer.alloc(RTP_FIXED_BYTES);
  fixed[0] = RTP_VERSION | (used.length > 0 ? RTP_EXTENSION : 0);
  fixed[1] = payloadType;
  fixed.writeUInt32BE(ssrc, 8);
  const offsetOf = (uri: string): number => block.offsets.get(uri) ?? 0;
  return {
    template: lastingCopy(Buffer.concat([fixed, block.bytes])),
    audioLevelAt: offsetOf(AUDIO_LEVEL_URI),
    absSendTimeAt: offsetOf(ABS_SEND_TIME_URI),
    transportSequenceAt: offsetOf(TRANSPORT_SEQUENCE_URI),
  };
}

function layoutExtensions(
  used: readonly RtpHeaderExtension[],
  values: Map<string, Buffer>,
): { bytes: Buffer; offsets: Map<string, number> } {
  const offsets = new Map<string, number>();
  if (used.length === 0) return { bytes: Buffer.alloc(0), offsets };
  const twoByte = used.some(({ id, uri }) => id > 14 || values.get(uri)!.length > 16 || values.get(uri)!.length === 0);
  const parts: Buffer[] = [Buffer.alloc(4)];
  let at = 4;
  for (const { id, uri } of used) {
    const value = values.get(uri)!;
    const head = twoByte ? Buffer.of(id, value.length) : Buffer.of((id << 4) | (value.length - 1));
    parts.push(head, value);
    offsets.set(uri, RTP_FIXED_BYTES + at + head.length);
    at += head.length + value.length;
  }
  parts.push(Buffer.alloc(-at & 3));
  const bytes = Buffer.concat(parts);
  bytes.writeUInt16BE(twoByte ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE, 0);
  bytes.writeUInt16BE(bytes.length / 4 - 1, 2);
  return { bytes, offsets };
}

/**
 * Bytes of the header of a received packet: fixed part, contributing sources and extensions. -1 when the packet is no
 * RTP, or is cut off.
 */
export function rtpHeaderLength(packet: Buffer, length: number): number {
  if (length < RTP_FIXED_BYTES || packet[0]! >> 6 !== 2) return -1;
  let headerLength = RTP_FIXED_BYTES + 4 * (packet[0]! & 0x0f);
  if (packet[0]! & RTP_EXTENSION) {
    if (length < headerLength + 4) return -1;
    headerLength += 4 + 4 * packet.readUInt16BE(headerLength + 2);
  }
  return headerLength <= length ? headerLength : -1;
}

/** Finds the value of a header extension in either form of RFC 8285, or undefined. Never reads past the header. */
export function findExtension(packet: Buffer, headerLength: number, id: number): Buffer | undefined {
  if (!(packet[0]! & RTP_EXTENSION)) return undefined;
  const start = RTP_FIXED_BYTES + 4 * (packet[0]! & 0x0f);
  const profile = packet.readUInt16BE(start);
  const twoByte = (profile & 0xfff0) === TWO_BYTE_PROFILE;
  if (!twoByte && profile !== ONE_BYTE_PROFILE) return undefined;
  for (let at = start + 4; at < headerLength;) {
    const head = packet[at++]!;
    if (head === 0) continue; // padding between extensions
    if (!twoByte && head >> 4 === 15) return undefined; // reserved: stop here
    if (twoByte && at >= headerLength) return undefined;
    const bytes = twoByte ? packet[at++]! : (head & 0x0f) + 1;
    if (at + bytes > headerLength) return undefined;
    if ((twoByte ? head : head >> 4) === id) return packet.subarray(at, at + bytes);
    at += bytes;
  }
  return undefined;
}
