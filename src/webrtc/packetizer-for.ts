import { OptionError } from '../core/errors.ts';
import type { Codec } from '../core/sample.ts';
import { createOpusPacketizer } from '../media/opus-packetizer.ts';
import type { Packetizer } from '../media/packetizer.ts';
import { createVp8Packetizer } from '../media/vp8-packetizer.ts';

/** Makes the packetizer of one stream of `codec`. */
export function packetizerFor(codec: Codec): Packetizer {
  switch (codec) {
    case 'opus':
      return createOpusPacketizer();
    case 'vp8':
      return createVp8Packetizer();
    default:
      throw new OptionError('parameters.codec', codec, "'opus' or 'vp8'");
  }
}
