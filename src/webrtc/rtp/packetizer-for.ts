import { createH264Packetizer } from '../../media/h264-packetizer.ts';
import { createOpusPacketizer } from '../../media/opus-packetizer.ts';
import type { Packetizer } from '../../media/packetizer.ts';
import { createVp8Packetizer } from '../../media/vp8-packetizer.ts';
import type { RtpCodec } from '../types.ts';

const PACKETIZERS: Readonly<Record<RtpCodec, () => Packetizer>> = {
  opus: createOpusPacketizer,
  vp8: createVp8Packetizer,
  h264: createH264Packetizer,
};

/** Makes the packetizer of one stream of `codec`. */
export function packetizerFor(codec: RtpCodec): Packetizer {
  return PACKETIZERS[codec]();
}
