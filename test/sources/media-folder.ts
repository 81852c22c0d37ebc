import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../src/core/sample.ts';
import { createOggMuxer } from '../../src/media/ogg-muxer.ts';
import { decodePcm } from '../media/ffmpeg.ts';

/** A temporary folder of media files, made by the real ffmpeg. */
export interface MediaFolder extends Disposable {
  path(name: string): string;
  /** Runs ffmpeg with `args`, writing `name`; returns its path. */
  make(name: string, ...args: string[]): string;
  write(name: string, bytes: Uint8Array | string): string;
}

export function createMediaFolder(): MediaFolder {
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-media-'));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    make(name, ...args) {
      const command = ['-hide_banner', '-loglevel', 'error', '-y', ...args, path(name)];
      const { status, stderr, error } = spawnSync(process.env['FFMPEG_PATH'] ?? 'ffmpeg', command);
      if (status !== 0) throw error ?? new Error(`ffmpeg ${command.join(' ')} failed: ${stderr.toString()}`);
      return path(name);
    },
    write(name, bytes) {
      writeFileSync(path(name), bytes);
      return path(name);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Pitch at 0 s and its rise a second, in Hz: at no two moments does it sound alike. */
const BASE_HZ = 300;
const RISE_HZ = 400;

/** Input options of ffmpeg for a rising tone, so that any piece of it tells where it was. */
export function chirp(seconds: number): string[] {
  const phase = `2*PI*(${BASE_HZ}*t+${RISE_HZ / 2}*t*t)`;
  return ['-f', 'lavfi', '-i', `aevalsrc='0.5*sin(${phase})':s=48000:d=${seconds}`];
}

function chirpAt(seconds: number): number {
  return seconds < 0 ? 0 : Math.sin(2 * Math.PI * (BASE_HZ * seconds + (RISE_HZ / 2) * seconds * seconds));
}

/**
 * Where in the chirp a piece of it begins, in milliseconds, looked for within 300 ms around `expectedMs`, and how much of
 * it is there: 1 when it is the chirp from its very first sample, less when some of it is missing.
 */
export function findInChirp(pcm: Int16Array, expectedMs: number): { startMs: number; purity: number } {
  const length = Math.min(4800, pcm.length);
  const energy = Math.sqrt(
    pcm.subarray(0, length).reduce((sum, value) => sum + (value / 32768) ** 2, 0) * length * 0.5,
  );
  let best = { startMs: Number.NaN, purity: -1 };
  for (let offset = -14_400; offset <= 14_400; offset += 4) {
    const start = expectedMs / 1000 + offset / 48_000;
    let product = 0;
    for (let i = 0; i < length; i += 2) product += (pcm[i]! / 32768) * chirpAt(start + i / 48_000) * 2;
    if (product / energy > best.purity) best = { startMs: start * 1000, purity: product / energy };
  }
  return best;
}

/** What samples sound like, as a player plays them: 48 kHz, mono. */
export function decodeSamples(samples: readonly Sample[]): Int16Array {
  const pages: Uint8Array[] = [];
  const muxer = createOggMuxer({ onPage: (page) => pages.push(page) });
  for (const { data } of samples) muxer.write(data);
  muxer.end();
  return decodePcm(Buffer.concat(pages));
}

/** Longest run without sound, in milliseconds. */
export function longestSilenceMs(pcm: Int16Array): number {
  let longest = 0;
  let run = 0;
  for (const value of pcm) {
    run = Math.abs(value) < 200 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest / 48;
}
