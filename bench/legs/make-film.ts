import { spawnSync } from 'node:child_process';

export const FILM_SECONDS = 10;

/** A film of 720p30 in H.264, with MP3. */
export function makeFilm(ffmpeg: string, path: string): string {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=s=1280x720:r=30:d=${FILM_SECONDS}`];
  const sound = ['-f', 'lavfi', '-i', `sine=440:sample_rate=44100:d=${FILM_SECONDS}`];
  const codecs = ['-c:v', 'libx264', '-preset', 'veryfast', '-c:a', 'libmp3lame', '-b:a', '192k'];
  return makeMedia(ffmpeg, path, [...picture, ...sound, ...codecs]);
}

/** Writes `path` by ffmpeg, and returns it. */
export function makeMedia(ffmpeg: string, path: string, args: readonly string[]): string {
  const { status, stderr } = spawnSync(ffmpeg, ['-v', 'error', '-y', ...args, path]);
  if (status !== 0) throw new Error(stderr.toString());
  return path;
}
