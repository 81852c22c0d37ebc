import { MediaFormatError } from '../core/errors.ts';
import { beginsWith, utf8, viewOf } from './bytes.ts';

const MAGIC = 'OpusHead';
const PLAIN_BYTES = 19;

/** The identification header of Opus in a container (RFC 7845, section 5.1). */
export interface OpusHead {
  readonly channels: number;
  /** 48 kHz samples at the start that are there only to warm the decoder up. */
  readonly preSkip: number;
  /** Sample rate of what was encoded, in Hz: for information, Opus itself runs at 48 kHz. 0 when unknown. */
  readonly inputRateHz: number;
  /** Gain that a player has to apply, in dB. */
  readonly outputGainDb: number;
  /** 0: one mono or stereo stream. 1: surround in Vorbis order. Others: ambisonics, or no meaning at all. */
  readonly mappingFamily: number;
  /** Opus streams in each packet. More than one cannot travel in RTP as it is. */
  readonly streams: number;
}

/** Whether a packet is an Opus identification header, by its first eight bytes. */
export function isOpusHead(packet: Uint8Array): boolean {
  return beginsWith(packet, MAGIC);
}

/**
 * Reads an identification header. `position` is where it stands in the stream, for the message of the
 * {@link MediaFormatError} that is thrown when it is cut off or of an unknown version.
 */
export function parseOpusHead(packet: Uint8Array, position: number = 0): OpusHead {
  const fail = (at: number, problem: string): never => {
    throw new MediaFormatError('OpusHead', position + at, problem);
  };
  if (!isOpusHead(packet)) fail(0, 'it does not begin with "OpusHead"');
  if (packet.length < PLAIN_BYTES) fail(packet.length, `it has ${packet.length} bytes instead of ${PLAIN_BYTES}`);
  const view = viewOf(packet);
  // The upper half of the version byte changes when old readers would misunderstand.
  if (view.getUint8(8) >> 4 !== 0) fail(8, `version ${view.getUint8(8)} is not known`);
  const channels = view.getUint8(9);
  if (channels === 0) fail(9, 'it has no channel');
  const mappingFamily = view.getUint8(18);
  if (mappingFamily === 0 && channels > 2) fail(9, `mapping family 0 cannot have ${channels} channels`);
  if (mappingFamily !== 0 && packet.length < PLAIN_BYTES + 2 + channels) fail(packet.length, 'its mapping is cut off');
  return {
    channels,
    preSkip: view.getUint16(10, true),
    inputRateHz: view.getUint32(12, true),
    outputGainDb: view.getInt16(16, true) / 256,
    mappingFamily,
    streams: mappingFamily === 0 ? 1 : view.getUint8(PLAIN_BYTES),
  };
}

/** Writes the identification header of one mono or stereo stream (mapping family 0). */
export function writeOpusHead(head: Pick<OpusHead, 'channels' | 'preSkip' | 'inputRateHz'>): Uint8Array {
  const packet = new Uint8Array(PLAIN_BYTES);
  const view = viewOf(packet);
  packet.set(utf8(MAGIC));
  view.setUint8(8, 1);
  view.setUint8(9, head.channels);
  view.setUint16(10, head.preSkip, true);
  view.setUint32(12, head.inputRateHz, true);
  return packet;
}
