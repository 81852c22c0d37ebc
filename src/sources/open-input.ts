import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Observable, switchMap } from 'rxjs';
import { SourceError } from '../core/errors.ts';
import type { Sample } from '../core/sample.ts';
import { type HttpOptions, isHls, isUrl } from '../ffmpeg/input-flags.ts';
import { chooseHlsVariant, parseHlsPlaylist } from '../media/hls-playlist.ts';
import { readBody, requestUrl } from './http-request.ts';
import { openWithFfmpeg } from './open-with-ffmpeg.ts';
import type { Opening } from './source-options.ts';

/**
 * Opens a file or URL with ffmpeg, and looks first where ffmpeg would not do what is wanted: of HLS it would load every
 * variant, and on a server without byte ranges a start that is not the beginning leads it anywhere.
 *
 * A look that fails decides nothing: what is wrong, ffmpeg will find out as well, and say. But a playlist that is none is told
 * at once: ffmpeg could only say that it is no media.
 */
export function openInput(opening: Opening): Observable<Sample> {
  const { input, http, live, startMs, logger, label } = opening;
  const isRemote = /^https?:/i.test(input);
  const look = isHls(input) ? lookIntoPlaylist : isRemote && startMs > 0 && !live ? lookForRanges : undefined;
  // Through a proxy only ffmpeg can go.
  if (!look || (isRemote && http?.proxy !== undefined)) return openWithFfmpeg(opening);
  return new Observable<Opening>((subscriber) => {
    const aborter = new AbortController();
    look(opening, aborter.signal).then(
      (found) => {
        subscriber.next(found);
        subscriber.complete();
      },
      (error: unknown) => {
        if (subscriber.closed) return;
        if (error instanceof SourceError) return subscriber.error(error);
        logger.debug({ source: label, error }, 'could not be looked at before it was opened');
        subscriber.next(opening);
        subscriber.complete();
      },
    );
    return () => aborter.abort();
  }).pipe(switchMap(openWithFfmpeg));
}

/** Remarks, and then an address or the name of a file: what radios give out under this name. */
function isPlainList(text: string): boolean {
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  return first !== undefined && (/^https?:\/\/\S+\s*$/i.test(first) || /^[^<\0]+\.\w{2,4}\s*$/.test(first));
}

function plainList(label: string): SourceError {
  const message = `${label} is a list of addresses and no HLS playlist: play what is in it, one by one or as a playlist().`;
  return new SourceError('ERR_SOURCE_UNREADABLE', label, message);
}

/** Lists of variants that lead to lists of variants: not often, and not for ever. */
const MAX_LISTS = 3;

/** Chooses a variant, and finds out whether it is live. */
async function lookIntoPlaylist(opening: Opening, signal: AbortSignal): Promise<Opening> {
  const { kinds, video, request } = opening;
  const wants = (kind: 'audio' | 'video'): boolean => kinds.includes(kind) && request.accepts[kind].length > 0;
  const wish = { audio: wants('audio'), height: wants('video') ? video.videoHeight : undefined };
  let chosen = opening;
  let place = opening.input;
  for (let lists = 0; lists < MAX_LISTS; lists++) {
    const found = await readPlaylist(place, opening, signal).catch((error: unknown) => {
      if (lists === 0) throw error;
    });
    if (!found) break;
    const playlist = parseHlsPlaylist(found.text);
    if (playlist?.type === 'media') {
      return playlist.live ? { ...chosen, live: true, startMs: 0 } : { ...chosen, endsAtMs: playlist.durationMs };
    }
    if (!playlist) {
      if (isPlainList(found.text)) throw plainList(opening.label);
      break;
    }
    const { uri, program, isWhole } = chooseHlsVariant(playlist.variants, wish);
    const next = placeOf(uri, found.base);
    // Cookies that came with the list are wanted back with the variant, so ffmpeg must have got them, too.
    const mayReplace = isWhole && !found.setsCookies && next !== undefined;
    chosen = mayReplace ? { ...chosen, input: next, http: httpFor(next, opening) } : { ...chosen, program };
    if (next === undefined) break;
    place = next;
  }
  return chosen;
}

/** Where a list leads; undefined when it may not: what a stranger wrote is not to have files of this machine read. */
function placeOf(uri: string, base: string): string | undefined {
  const { href, protocol } = new URL(uri, base);
  if (protocol === 'file:' && base.startsWith('file:')) return fileURLToPath(href);
  return /^https?:$/.test(protocol) ? href : undefined;
}

/** Headers go everywhere, cookies only to the host that they were given for. */
function httpFor(place: string, { input, http }: Opening): HttpOptions | undefined {
  if (!http || new URL(place).host === new URL(input).host) return http;
  return { ...http, cookies: {} };
}

async function readPlaylist(
  place: string,
  opening: Opening,
  signal: AbortSignal,
): Promise<{ text: string; base: string; setsCookies: boolean }> {
  if (!isUrl(place)) {
    return { text: await readFile(place, 'utf8'), base: pathToFileURL(place).href, setsCookies: false };
  }
  const response = await requestUrl(place, { http: httpFor(place, opening), signal });
  if (!response.ok) throw new Error(`${opening.label}: the server answered ${response.status}.`);
  return {
    text: await readBody(response),
    base: response.url,
    setsCookies: response.headers.getSetCookie().length > 0,
  };
}

async function lookForRanges(opening: Opening, signal: AbortSignal): Promise<Opening> {
  const response = await requestUrl(opening.input, { http: opening.http, signal, range: 'bytes=0-1' });
  await response.body?.cancel();
  const hasRanges = response.status === 206 || response.headers.get('accept-ranges') === 'bytes';
  return hasRanges || !response.ok ? opening : { ...opening, readsToStart: true };
}
