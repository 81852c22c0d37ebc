import type { Codec } from '../../core/sample.ts';
import { createH264Packetizer } from '../../media/h264-packetizer.ts';
import { createOpusPacketizer } from '../../media/opus-packetizer.ts';
import type { Packetizer } from '../../media/packetizer.ts';
import { createVp8Packetizer } from '../../media/vp8-packetizer.ts';

const PACKETIZERS: Readonly<Record<Codec, () => Packetizer>> = {
  opus: createOpusPacketizer,
  vp8: createVp8Packetizer,
  h264: createH264Packetizer,
};

/** Makes the packetizer of one stream of `codec`. */
export function packetizerFor(codec: Codec): Packetizer {
  return PACKETIZERS[codec]();
}
