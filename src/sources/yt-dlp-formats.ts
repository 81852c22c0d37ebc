import type { HttpOptions } from '../ffmpeg/input-flags.ts';
import type { MediaKind } from '../core/sample.ts';

/** What is used of the JSON that `yt-dlp -J` writes about a page. Everything may be missing, or null. */
export interface YtDlpInfo extends YtDlpFormat {
  readonly _type?: string | null;
  readonly entries?: readonly (YtDlpInfo | null)[] | null;
  readonly formats?: readonly YtDlpFormat[] | null;
  readonly is_live?: boolean | null;
}

/** One of the ways in which a page offers its media. A codec is `'none'`, a name, or not known. */
export interface YtDlpFormat {
  readonly url?: string | null;
  readonly protocol?: string | null;
  readonly format_note?: string | null;
  readonly acodec?: string | null;
  readonly vcodec?: string | null;
  readonly audio_channels?: number | null;
  readonly height?: number | null;
  /** Bitrate, in kbit/s. */
  readonly tbr?: number | null;
  readonly abr?: number | null;
  /** Higher for the language of the original. */
  readonly language_preference?: number | null;
  readonly http_headers?: Readonly<Record<string, string>> | null;
  readonly cookies?: string | null;
}

/** What is wanted of a page. */
export interface YtDlpWish {
  readonly audio: boolean;
  /** Largest height; undefined for no picture. */
  readonly height: number | undefined;
  /** What need not be encoded anew. */
  readonly copies: { readonly opus: boolean; readonly vp8: boolean };
}

/** Which of the formats to play: one for both kinds, or one for each. */
export interface YtDlpChoice {
  readonly main: YtDlpFormat;
  /** Where the video is, if not in `main`. */
  readonly video?: YtDlpFormat | undefined;
  /** What of it can be sent as it is. */
  readonly copies: readonly MediaKind[];
}

/** Protocols that ffmpeg takes with nothing but the address. */
const PLAYABLE = /^(?:https?|m3u8(?:_native)?|rtmpe?|rtsp|mms)$/;
/** And it has to be out of the network: a page must not have files of this machine read. */
const REMOTE = /^(?:https?|rtmpe?|rtsp|mms):\/\//i;
/** The easier to decode, the better: two streams of 720p are a core. */
const VIDEO_CODECS = [/^vp0?8/, /^avc|^h264/, /^vp0?9/] as const;

/**
 * Chooses formats: sound that is Opus already, if it may stay so, or else the best; pictures no taller than wanted, and of
 * those of one height the one that costs the least to decode. One format for both only when it is as tall as any.
 * Undefined when there is nothing that can be played.
 */
export function chooseYtDlpFormats(info: YtDlpInfo, wish: YtDlpWish): YtDlpChoice | undefined {
  const listed = info.formats && info.formats.length > 0 ? info.formats : [info];
  const formats = listed.filter(
    ({ url, protocol }) => url && REMOTE.test(url) && PLAYABLE.test(protocol ?? protocolOf(url)),
  );
  const sound = wish.audio ? bestSound(formats, wish) : undefined;
  if (wish.height === undefined) return sound && { main: sound, copies: copiesOf(wish, sound, undefined) };
  const pictures = formats.filter(hasVideo);
  const alone = bestPicture(
    pictures.filter(({ acodec }) => acodec === 'none'),
    wish,
  );
  const both = bestPicture(pictures.filter(hasAudio), wish);
  const apart = wish.audio && sound?.vcodec !== 'none' ? undefined : alone;
  const picture = isTaller(apart, both, wish.height) ? apart : both;
  if (!picture) return sound && { main: sound, copies: copiesOf(wish, sound, undefined) };
  if (picture !== apart || !sound) return { main: picture, copies: copiesOf(wish, picture, picture) };
  return { main: sound, video: picture, copies: copiesOf(wish, sound, picture) };
}

/** How to ask for a format: with its headers, and its cookies. */
export function httpOf({ http_headers: headers, cookies }: YtDlpFormat, proxy: string | undefined): HttpOptions {
  return { headers: headers ?? {}, cookies: readCookies(cookies ?? ''), proxy };
}

function bestSound(formats: readonly YtDlpFormat[], { copies }: YtDlpWish): YtDlpFormat | undefined {
  const rank = (format: YtDlpFormat): number[] => [
    Number(format.vcodec === 'none'),
    format.language_preference ?? 0,
    Number(!/\bDRC\b/i.test(format.format_note ?? '')),
    Number(copies.opus && format.acodec === 'opus'),
    // Of a film that is played for its sound, as little as possible.
    (format.vcodec === 'none' ? 1 : -1) * (format.abr ?? format.tbr ?? 0),
  ];
  return best(formats.filter(hasAudio), rank);
}

function bestPicture(formats: readonly YtDlpFormat[], { height, copies }: YtDlpWish): YtDlpFormat | undefined {
  const rank = (format: YtDlpFormat): number[] => {
    const codec = VIDEO_CODECS.findIndex((pattern) => pattern.test(format.vcodec ?? ''));
    const vp8 = codec === 0 && !copies.vp8 ? 1 : codec;
    return [...heightRank(format, height!), -(vp8 < 0 ? VIDEO_CODECS.length : vp8), format.tbr ?? 0];
  };
  return best(formats, rank);
}

/** As tall as wanted and no taller; if all are, the smallest. */
function heightRank({ height }: YtDlpFormat, wanted: number): [fits: number, tall: number] {
  return (height ?? 0) <= wanted ? [1, height ?? 0] : [0, -height!];
}

function isTaller(one: YtDlpFormat | undefined, other: YtDlpFormat | undefined, wanted: number): boolean {
  if (!one || !other) return one !== undefined;
  return compare(heightRank(one, wanted), heightRank(other, wanted)) > 0;
}

function best(formats: readonly YtDlpFormat[], rank: (format: YtDlpFormat) => number[]): YtDlpFormat | undefined {
  return formats.reduce<YtDlpFormat | undefined>(
    (leader, format) => (leader && compare(rank(leader), rank(format)) >= 0 ? leader : format),
    undefined,
  );
}

function compare(one: readonly number[], other: readonly number[]): number {
  const differs = one.findIndex((value, index) => value !== other[index]);
  return differs < 0 ? 0 : one[differs]! - other[differs]!;
}

function hasAudio({ acodec }: YtDlpFormat): boolean {
  return acodec !== 'none';
}

function hasVideo({ vcodec }: YtDlpFormat): boolean {
  return vcodec !== 'none';
}

function copiesOf({ copies, height }: YtDlpWish, sound: YtDlpFormat, picture: YtDlpFormat | undefined): MediaKind[] {
  const isOpus = copies.opus && sound.acodec === 'opus' && (sound.audio_channels ?? 2) <= 2;
  const isVp8 = copies.vp8 && /^vp0?8/.test(picture?.vcodec ?? '') && (picture?.height ?? Infinity) <= (height ?? 0);
  return [...(isOpus ? ['audio' as const] : []), ...(isVp8 ? ['video' as const] : [])];
}

function protocolOf(url: string): string {
  return url.slice(0, url.indexOf(':'));
}

/** From `a=1; Domain=.host; Path=/; Secure; b="2"; Domain=…`. */
function readCookies(text: string): Record<string, string> {
  const pairs = text.split(/;\s*/).flatMap((part) => {
    const [, name, value = ''] = /^([^=\s]+)=(.*)$/.exec(part) ?? [];
    const isAttribute = name === undefined || /^(?:domain|path|expires|max-age|version|samesite)$/i.test(name);
    return isAttribute ? [] : [[name, value.replace(/^"(.*)"$/, '$1')] as const];
  });
  return Object.fromEntries(pairs);
}
