import type { EncodedPacketSink, Input, InputAudioTrack, InputVideoTrack } from 'mediabunny';
import type { MediaKind } from '../core/sample.ts';
import { isOpusHead, parseOpusHead } from '../media/opus-head.ts';
import type { Opening } from './source-options.ts';

/** One track that can be sent as it is. */
export interface ContainerTrack {
  readonly kind: MediaKind;
  readonly sink: EncodedPacketSink;
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
  const input = new Input({ source: new FilePathSource(opening.input), formats: [MATROSKA, WEBM, MP4] });
  try {
    const tracks = await findTracks(input, opening);
    const duration = tracks && (await input.computeDuration(tracks.map(({ track }) => track)));
    if (tracks && duration !== undefined && (file.size * 8) / duration / 1000 <= MAX_KBPS) {
      return {
        tracks: tracks.map(({ kind, track }) => ({ kind, sink: new EncodedPacketSink(track) })),
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

function isContainer(head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  return bytes.toString('hex', 0, 4) === EBML || bytes.toString('latin1', 4, 8) === 'ftyp';
}

type FoundTrack =
  | { readonly kind: 'audio'; readonly track: InputAudioTrack }
  | { readonly kind: 'video'; readonly track: InputVideoTrack };

async function findTracks(
  input: Input,
  { kinds, required, video, request }: Opening,
): Promise<FoundTrack[] | undefined> {
  const found: FoundTrack[] = [];
  if (kinds.includes('audio') && request.accepts.audio.length > 0) {
    const [track] = await input.getAudioTracks();
    if (track && !(request.accepts.audio.includes('opus') && (await isPlainOpus(track)))) return undefined;
    if (track) found.push({ kind: 'audio', track });
  }
  if (kinds.includes('video') && request.accepts.video.length > 0) {
    const [track] = await input.getVideoTracks();
    if (track && (video.codec !== 'vp8' || !(await isSmallVp8(track, video)))) return undefined;
    if (track) found.push({ kind: 'video', track });
  }
  const isThere = (kind: MediaKind): boolean => found.some((one) => one.kind === kind);
  return found.length > 0 && required.every(isThere) ? found : undefined;
}

/** Mono or stereo, to be played as loud as it is. */
async function isPlainOpus(track: InputAudioTrack): Promise<boolean> {
  if ((await track.getCodec()) !== 'opus' || (await track.getNumberOfChannels()) > 2) return false;
  // Of a type that belongs to browsers.
  const config = (await track.getDecoderConfig()) as { description?: ArrayBuffer | ArrayBufferView } | null;
  const description = config?.description;
  if (!description) return true;
  const head = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  if (!isOpusHead(head)) return true;
  const { mappingFamily, outputGainDb } = parseOpusHead(head);
  return mappingFamily === 0 && outputGainDb === 0;
}

async function isSmallVp8(track: InputVideoTrack, most: Opening['video']): Promise<boolean> {
  if ((await track.getCodec()) !== 'vp8' || (await track.getRotation()) !== 0) return false;
  const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
  return width <= most.videoWidth && height <= most.videoHeight;
}
