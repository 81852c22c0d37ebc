/**
 * Value of the audio level extension (RFC 6464) for sound: voice flag and -20 dBov. A constant, as the real level would
 * cost a decoder; conference servers only need it to be loud enough to count as speech.
 */
export const AUDIO_LEVEL_SOUND: number = 0x80 | 20;

/** Value of the audio level extension for digital silence: no voice, -127 dBov. */
export const AUDIO_LEVEL_SILENCE = 127;

/** Whether an Opus packet is digital silence: DTX (RFC 6716, 3.1), or CELT frames whose silence flag is set. */
export function isOpusSilence(packet: Uint8Array): boolean {
  if (packet.length <= 2) return true;
  const start = (packet[0]! & 3) === 3 ? 2 : 1;
  if (packet[start] !== 0xff || packet[start + 1] !== 0xfe) return false;
  for (let at = start; at < packet.length; at += 2) {
    if (packet[at] !== 0xff || packet[at + 1] !== 0xfe) return false;
  }
  return true;
}
