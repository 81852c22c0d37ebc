import { createOggMuxer } from '../../media/ogg-muxer.ts';
import { OPUS_SILENCE } from '../../media/opus.ts';

/** Media that needs no encoder: it writes itself, one unit at a time. */
export interface ScriptedMedia {
  /** Length of one unit, in milliseconds. */
  readonly unitMs: number;
  /** The bytes of the next unit. */
  next(): Uint8Array;
  /** What ends the file. */
  end(): Uint8Array;
}

/** One black keyframe of VP8, 16 by 16. */
const BLACK_FRAME: Uint8Array = Buffer.from('EAIAnQEqEAAQAABHCIWFiIWEiAICAAwNYAD+/6tQgA==', 'base64');
const FRAME_MS = 40;
const NOTHING = new Uint8Array();

/** Opus silence in Ogg, 20 ms a packet and a packet a page. */
export function scriptedAudio(): ScriptedMedia {
  const pages: Uint8Array[] = [];
  const take = (): Uint8Array => Buffer.concat(pages.splice(0));
  const muxer = createOggMuxer({ onPage: (bytes) => pages.push(bytes), pageDurationUs: 20_000, serial: 1 });
  return {
    unitMs: 20,
    next() {
      muxer.write(OPUS_SILENCE);
      return take();
    },
    end() {
      muxer.end();
      return take();
    },
  };
}

/** Black VP8 in IVF, 25 keyframes a second. */
export function scriptedVideo(): ScriptedMedia {
  let frame = 0;
  return {
    unitMs: FRAME_MS,
    next() {
      const header = Buffer.alloc(12);
      header.writeUInt32LE(BLACK_FRAME.length, 0);
      header.writeBigUInt64LE(BigInt(frame), 4);
      return Buffer.concat([...(frame++ === 0 ? [ivfHeader()] : []), header, BLACK_FRAME]);
    },
    end: () => NOTHING,
  };
}

function ivfHeader(): Uint8Array {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0, 'latin1');
  header.writeUInt16LE(32, 6);
  header.write('VP80', 8, 'latin1');
  header.writeUInt16LE(16, 12);
  header.writeUInt16LE(16, 14);
  header.writeUInt32LE(1000 / FRAME_MS, 16);
  header.writeUInt32LE(1, 20);
  return header;
}
