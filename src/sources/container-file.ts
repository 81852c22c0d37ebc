import type { EncodedPacketSink, Input, InputTrack, Source } from 'mediabunny';
import { MediaFormatError } from '../core/errors.ts';
import type { MediaKind } from '../core/sample.ts';
import { type PacketReader, readerOfPictures, readerOfSound } from './container-track.ts';
import type { Opening } from './source-options.ts';

/** One track that can be sent as it is. */
export interface ContainerTrack {
  readonly kind: MediaKind;
  readonly sink: EncodedPacketSink;
  readonly read: PacketReader;
}

/** A WebM, Matroska or MP4 file of which all that is wanted can be sent as it is. It holds the file open. */
export interface ContainerFile {
  readonly tracks: readonly ContainerTrack[];
  readonly durationUs: number;
  dispose(): void;
}

/** What is larger is better encoded anew: nobody asked for a video of this bitrate. In kbit/s, sound included. */
const MAX_KBPS = 3000;
const EBML = '1a45dfa3';
/** What is kept of a file that has been read, beside the cluster it is at: of the library's own 8 MiB, nearly all is history. */
const CACHE_BYTES = 1024 * 1024;

/**
 * Looks into a file by its first bytes, and reads its tracks. Resolves with undefined when something that is wanted would
 * have to be encoded, or is missing though it is required, or when this is another kind of file altogether.
 */
export async function readContainerFile(
  opening: Opening,
  file: { readonly head: Uint8Array; readonly size: number },
): Promise<ContainerFile | undefined> {
  if (!isContainer(file.head)) return undefined;
  // Loaded when there is something for it to do: most bots never play such a file.
  const { EncodedPacketSink, FilePathSource, Input, MATROSKA, MP4, WEBM } = await import('mediabunny');
  const source = refuseEndlessReads(new FilePathSource(opening.input, { maxCacheSize: CACHE_BYTES }));
  const input = new Input({ source, formats: [MATROSKA, WEBM, MP4] });
  try {
    const tracks = await findTracks(input, opening);
    const duration = tracks && (await input.computeDuration(tracks.map(({ track }) => track)));
    if (tracks && duration !== undefined && (file.size * 8) / duration / 1000 <= MAX_KBPS) {
      return {
        tracks: tracks.map(({ kind, track, read }) => ({ kind, read, sink: new EncodedPacketSink(track) })),
        durationUs: Math.round(duration * 1e6),
        dispose: () => input.dispose(),
      };
    }
  } catch (error) {
    opening.logger.debug({ source: opening.label, error }, 'not passed through: its structure is damaged');
  }
  input.dispose();
  return undefined;
}

/** So often in a row the same place is read by nobody who gets on. */
const MAX_REPEATED_READS = 1000;

/**
 * Looking for the next element of a damaged Matroska file, mediabunny 1.61 reads its last eight bytes for ever, and lets
 * nothing else happen meanwhile. Fails such a reader. Where the method has another name, nothing changes.
 */
function refuseEndlessReads<T extends Source>(source: T): T {
  const inner = source as unknown as { _read?: (start: number, ...rest: unknown[]) => unknown };
  const read = inner._read?.bind(source);
  if (!read) return source;
  let lastStart = -1;
  let repeated = 0;
  inner._read = (start, ...rest) => {
    repeated = start === lastStart ? repeated + 1 : 0;
    lastStart = start;
    if (repeated > MAX_REPEATED_READS) throw new MediaFormatError('Matroska', start, 'it leads nowhere');
    return read(start, ...rest);
  };
  return source;
}

function isContainer(head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  return bytes.toString('hex', 0, 4) === EBML || bytes.toString('latin1', 4, 8) === 'ftyp';
}

interface FoundTrack {
  readonly kind: MediaKind;
  readonly track: InputTrack;
  readonly read: PacketReader;
}

async function findTracks(
  input: Input,
  { kinds, required, video, request }: Opening,
): Promise<FoundTrack[] | undefined> {
  const { accepts } = request;
  const found: FoundTrack[] = [];
  if (kinds.includes('audio') && accepts.audio.length > 0) {
    const [track] = await input.getAudioTracks();
    const read = track && (await readerOfSound(track, accepts));
    if (track && !read) return undefined;
    if (track && read) found.push({ kind: 'audio', track, read });
  }
  if (kinds.includes('video') && accepts.video.length > 0) {
    const [track] = await input.getVideoTracks();
    const read = track && (await readerOfPictures(track, accepts, video));
    if (track && !read) return undefined;
    if (track && read) found.push({ kind: 'video', track, read });
  }
  const isThere = (kind: MediaKind): boolean => found.some((one) => one.kind === kind);
  return found.length > 0 && required.every(isThere) ? found : undefined;
}
