import { spawnSync } from 'node:child_process';
import type { Sample } from '../../src/core/sample.ts';
import { writeIvf } from '../media/ivf.ts';
import { decodeSamples } from './media-folder.ts';

const FFMPEG = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
/** Of the decoded picture, in which only brightness counts. */
const SIDE = 16;
/** How long a flash and a beep last, in seconds. */
const LENGTH = 0.12;

export interface FlashAndBeepOptions {
  fps?: number;
  soundFrom?: number;
  size?: string;
}

/**
 * ffmpeg's input options for a picture that flashes and a sound that beeps at each whole second.
 *
 * @param options `soundFrom`: the sound begins so many seconds later; its beeps are where they would be anyway.
 */
export function flashAndBeep(seconds: number, options: FlashAndBeepOptions = {}): string[] {
  const { fps = 25, soundFrom = 0, size = '320x240' } = options;
  const flash = `drawbox=c=white:t=fill:enable='lt(mod(t+0.0001,1),${LENGTH})'`;
  const beep = `0.7*sin(2*PI*1000*t)*lt(mod(t+${soundFrom},1),${LENGTH})`;
  return [
    ...['-f', 'lavfi', '-i', `color=black:s=${size}:r=${fps}:d=${seconds},${flash}`],
    ...(soundFrom > 0 ? ['-itsoffset', String(soundFrom)] : []),
    ...['-f', 'lavfi', '-i', `aevalsrc='${beep}':s=48000:d=${seconds - soundFrom}`],
    ...['-map', '0:v', '-map', '1:a'],
  ];
}

/** When flashes begin, in milliseconds on the samples' own time line. */
export function flashesMs(samples: readonly Sample[]): number[] {
  const frames = samples.filter(({ kind }) => kind === 'video');
  return onsets(brightness(frames), (index) => frames[index]!.ptsUs / 1000);
}

/** Mean brightness of each frame, 0 to 255, as the real decoder shows it; those it cannot decode are missing at the end. */
export function brightness(frames: readonly Pick<Sample, 'data' | 'codec'>[]): number[] {
  const isH264 = frames[0]?.codec === 'h264';
  const input = isH264
    ? Buffer.concat(frames.map(({ data }) => data))
    : writeIvf({ frames: frames.map(({ data }, index) => ({ pts: index, data })) });
  const { stdout, stderr } = spawnSync(
    FFMPEG,
    [
      ...['-hide_banner', '-loglevel', 'error', '-f', isH264 ? 'h264' : 'ivf', '-i', 'pipe:0'],
      ...['-vf', `scale=${SIDE}:${SIDE}`, '-pix_fmt', 'gray', '-vsync', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
    ],
    { input, maxBuffer: 256 * 1024 * 1024 },
  );
  if (stderr.length > 0) throw new Error(stderr.toString());
  const size = SIDE * SIDE;
  return Array.from({ length: stdout.length / size }, (_, index) => {
    const picture = stdout.subarray(index * size, (index + 1) * size);
    return picture.reduce((sum, value) => sum + value, 0) / size;
  });
}

/** Where what was dark becomes bright. */
export function onsets(values: readonly number[], timeMsOf: (index: number) => number): number[] {
  return values.flatMap((value, index) =>
    value > 128 && index > 0 && values[index - 1]! <= 128 ? [timeMsOf(index)] : [],
  );
}

/** When beeps begin, in milliseconds on the samples' own time line. */
export function beepsMs(samples: readonly Sample[]): number[] {
  const packets = samples.filter(({ kind }) => kind === 'audio');
  return beepsInPcm(decodeSamples(packets)).map((ms) => packets[0]!.ptsUs / 1000 + ms);
}

/** When beeps begin in PCM of 48 kHz, in milliseconds: where it becomes loud after 200 ms without. */
export function beepsInPcm(pcm: Int16Array): number[] {
  const beeps: number[] = [];
  let quiet = 0;
  pcm.forEach((value, index) => {
    if (Math.abs(value) < 4000) quiet++;
    else {
      if (quiet > 9600) beeps.push(index / 48);
      quiet = 0;
    }
  });
  return beeps;
}

/** How far each flash is behind the nearest beep, in milliseconds. */
export function offsetsMs(flashes: readonly number[], beeps: readonly number[]): number[] {
  return flashes
    .map((flash) => Math.min(...beeps.map((beep) => Math.abs(flash - beep))))
    .filter((offset) => offset < 500);
}
