import { OptionError } from '../core/errors.ts';
import type { Codec } from '../core/sample.ts';
import type { Packetizer } from '../media/packetizer.ts';

/** Makes the packetizer of one stream of `codec`. */
export function packetizerFor(codec: Codec): Packetizer {
  if (codec === 'opus') return wholeFrames();
  throw new OptionError('parameters.codec', codec, "'opus'");
}

/** One frame, one packet, as it is (RFC 7587, 4.2). */
function wholeFrames(): Packetizer {
  let present: Uint8Array = new Uint8Array(0);
  return {
    begin(frame) {
      present = frame;
      return frame.length > 0 ? 1 : 0;
    },
    write(_index, out, offset) {
      out.set(present, offset);
      return present.length;
    },
  };
}
