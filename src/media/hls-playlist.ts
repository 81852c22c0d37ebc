/** One of several renderings of the same film, in the order of the playlist. */
export interface HlsVariant {
  /** Of its own playlist, relative to that of the list. */
  readonly uri: string;
  /** Highest bitrate, in bit/s; 0 when it does not say. */
  readonly bandwidth: number;
  /** Height of its picture; undefined when it does not say, or has none. */
  readonly height: number | undefined;
  /** Playlist of its sound, if that is not part of the variant itself. */
  readonly audioUri: string | undefined;
}

/** A list of variants, or of the pieces of one; `live` ones grow. */
export type HlsPlaylist =
  | { readonly type: 'master'; readonly variants: readonly HlsVariant[] }
  | { readonly type: 'media'; readonly live: boolean; readonly durationMs: number };

type Attributes = Readonly<Record<string, string>>;

/** Name and value of an attribute (RFC 8216, section 4.2). */
const ATTRIBUTE = /(?<![A-Z0-9-])([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g;

/**
 * Reads of an HLS playlist (RFC 8216) what is needed to choose a variant. Undefined when this is something else.
 *
 * @see {@link chooseHlsVariant}
 */
export function parseHlsPlaylist(text: string): HlsPlaylist | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines[0]?.replace(/^\uFEFF/, '') !== '#EXTM3U') return undefined;
  const tags = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1));

  const sounds = soundsByGroup(tags('#EXT-X-MEDIA').map(readAttributes));
  const variants: HlsVariant[] = [];
  let pending: Attributes | undefined;
  for (const line of lines) {
    if (line.startsWith('#EXT-X-STREAM-INF:')) pending = readAttributes(line);
    if (line === '' || line.startsWith('#') || !pending) continue;
    const sound = sounds.get(pending['AUDIO'] ?? '');
    const height = Number(/^\d+x(\d+)$/.exec(pending['RESOLUTION'] ?? '')?.[1]);
    variants.push({
      uri: line,
      bandwidth: Number(pending['BANDWIDTH'] ?? 0) || 0,
      height: height > 0 ? height : undefined,
      audioUri: sound?.['URI'],
    });
    pending = undefined;
  }
  if (variants.length > 0) return { type: 'master', variants };
  const pieces = tags('#EXTINF');
  if (pieces.length === 0 && tags('#EXT-X-TARGETDURATION').length === 0) return undefined;
  const durationMs = pieces.reduce((sum, piece) => sum + (Number.parseFloat(piece) || 0) * 1000, 0);
  const live = !lines.includes('#EXT-X-ENDLIST') && tags('#EXT-X-PLAYLIST-TYPE')[0] !== 'VOD';
  return { type: 'media', live, durationMs };
}

/** The sound of each group that is played unless somebody chooses: the default, or the first. */
function soundsByGroup(media: readonly Attributes[]): ReadonlyMap<string, Attributes> {
  const sounds = new Map<string, Attributes>();
  for (const sound of media) {
    const { TYPE: type, 'GROUP-ID': group } = sound;
    if (type !== 'AUDIO' || group === undefined) continue;
    const known = sounds.get(group);
    if (!known || (known['DEFAULT'] !== 'YES' && sound['DEFAULT'] === 'YES')) sounds.set(group, sound);
  }
  return sounds;
}

/** What is wanted of a film. */
export interface HlsWish {
  readonly audio: boolean;
  /** Largest height; undefined for no picture at all. */
  readonly height: number | undefined;
}

/** The playlist to read. */
export interface HlsChoice {
  readonly uri: string;
  /** Number of the variant in the list: what ffmpeg calls a program. */
  readonly program: number;
  /** False when that playlist does not have all of it: then it is read through the list. */
  readonly isWhole: boolean;
}

/**
 * Of pictures, the tallest that is no taller than wanted, else the smallest, at the highest bitrate that there is of it. For
 * sound alone, the lowest bitrate of all.
 */
export function chooseHlsVariant(variants: readonly HlsVariant[], { audio, height }: HlsWish): HlsChoice {
  const [lowest] = variants.toSorted((a, b) => a.bandwidth - b.bandwidth);
  const choose = (variant: HlsVariant, uri: string, isWhole: boolean): HlsChoice => ({
    uri,
    program: variants.indexOf(variant),
    isWhole,
  });
  if (height === undefined) return choose(lowest!, lowest!.audioUri ?? lowest!.uri, true);
  const seen = variants.filter((variant) => variant.height !== undefined);
  const fitting = seen.filter((variant) => variant.height! <= height);
  const side = fitting.length > 0 ? 1 : -1;
  const candidates = fitting.length > 0 ? fitting : seen.length > 0 ? seen : variants;
  const [best] = candidates.toSorted((a, b) => side * ((b.height ?? 0) - (a.height ?? 0)) || b.bandwidth - a.bandwidth);
  return choose(best!, best!.uri, !audio || best!.audioUri === undefined);
}

function readAttributes(tag: string): Attributes {
  const list = tag.replace(/^#[A-Z0-9-]+:/, '');
  return Object.fromEntries(
    [...list.matchAll(ATTRIBUTE)].map(([, name = '', quoted, plain = '']) => [name, quoted ?? plain]),
  );
}
