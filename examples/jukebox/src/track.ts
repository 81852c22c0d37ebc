import { basename } from 'node:path';
import { ALL_FORMATS, FilePathSource, Input, UrlSource } from 'mediabunny';
import { fromFile, fromUrl, fromYtDlp, type MediaSource } from 'rxcall';
import { reconnect, stall } from 'rxcall/operators';
import type { Observable } from 'rxjs';
import type { Sample } from 'rxcall';

/** Something to play, and what to say of it. */
export interface Track {
  readonly title: string;
  readonly source: Observable<Sample>;
  /** Unknown for what has no end, and where it cannot be told. */
  readonly durationMs?: number | undefined;
}

const MEDIA_FILE = /\.(aac|flac|m4a|m4v|mka|mkv|mov|mp3|mp4|oga|ogg|opus|wav|webm)$/i;

/** A file, the address of one, or a page that yt-dlp knows; with its picture, if asked for. */
export async function openTrack(what: string, options: { video: boolean }): Promise<Track> {
  if (!/^https?:/i.test(what)) return describe(what, fromFile(what, options), new FilePathSource(what));
  const { pathname } = new URL(what);
  if (MEDIA_FILE.test(pathname)) return describe(pathname, fromUrl(what, options), new UrlSource(what));
  return { title: what, source: fromYtDlp(what, options) };
}

/** A radio station: live, and opened again when it breaks off or falls silent. */
export function openRadio(url: string): Track {
  return { title: `Radio ${new URL(url).host}`, source: fromUrl(url, { live: true }).pipe(stall(), reconnect()) };
}

async function describe(path: string, source: MediaSource, bytes: FilePathSource | UrlSource): Promise<Track> {
  const input = new Input({ source: bytes, formats: ALL_FORMATS });
  try {
    return { title: basename(decodeURI(path)), source, durationMs: (await input.computeDuration()) * 1000 };
  } catch {
    // What only ffmpeg can read plays all the same.
    return { title: basename(decodeURI(path)), source };
  } finally {
    input.dispose();
  }
}
