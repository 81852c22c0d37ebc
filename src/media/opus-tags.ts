import { MediaFormatError } from '../core/errors.ts';
import { beginsWith, concatBytes, utf8, viewOf } from './bytes.ts';

const MAGIC = 'OpusTags';

/** The comment header of Opus in a container (RFC 7845, section 5.2). */
export interface OpusTags {
  /** Who made the stream, such as `Lavf59.27.100`. */
  readonly vendor: string;
  /** `KEY=value`, in the order of the file. */
  readonly comments: readonly string[];
}

/** Whether a packet is an Opus comment header, by its first eight bytes. */
export function isOpusTags(packet: Uint8Array): boolean {
  return beginsWith(packet, MAGIC);
}

/** Reads a comment header; throws {@link MediaFormatError} when it is cut off. */
export function parseOpusTags(packet: Uint8Array): OpusTags {
  const view = viewOf(packet);
  let at = MAGIC.length;
  const need = (bytes: number): void => {
    if (at + bytes > packet.length) throw new MediaFormatError('OpusTags', at, 'it is cut off');
  };
  const readUint32 = (): number => {
    need(4);
    at += 4;
    return view.getUint32(at - 4, true);
  };
  const readString = (): string => {
    const bytes = readUint32();
    need(bytes);
    at += bytes;
    return new TextDecoder().decode(packet.subarray(at - bytes, at));
  };
  const vendor = readString();
  const comments: string[] = [];
  for (let left = readUint32(); left > 0; left--) comments.push(readString());
  return { vendor, comments };
}

/** Writes a comment header. */
export function writeOpusTags(tags: OpusTags): Uint8Array {
  const text = (value: string): Uint8Array[] => [uint32(utf8(value).length), utf8(value)];
  return concatBytes([utf8(MAGIC), ...text(tags.vendor), uint32(tags.comments.length), ...tags.comments.flatMap(text)]);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}
