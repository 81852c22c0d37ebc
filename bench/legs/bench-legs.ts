import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mediaArgs } from '../../src/ffmpeg/ffmpeg-args.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { locateFfmpeg } from '../../src/ffmpeg/locate-ffmpeg.ts';
import { chosen, type BenchOptions } from '../bench-options.ts';
import { median, row, type Row } from '../report.ts';
import { watchUsage } from '../usage.ts';
import { gotgcallAudio, gotgcallVideo } from './gotgcall-args.ts';
import { FILM_SECONDS, makeFilm, makeMedia } from './make-film.ts';

const SONG_SECONDS = 120;
const AUDIO = { audioBitrateKbps: 128, audioChannels: 2 } as const;
const VIDEO = {
  codec: 'vp8',
  videoBitrateKbps: 800,
  videoWidth: 1280,
  videoHeight: 720,
  videoFps: 30,
  videoFit: 'fit',
  videoCodec: undefined,
} as const;

interface Measured {
  readonly firstByteMs: number;
  /** Of one core, were it played in real time. */
  readonly cpuPct: number;
  readonly rssMB: number;
}

/**
 * What ffmpeg costs per leg of a call, with our arguments and with gotgcall's: time from the start of the process to its
 * first byte, processor time per second of media, memory at its highest. The input is a film of 720p30 in H.264 with MP3.
 * gotgcall starts the process for the video when that for the audio has delivered.
 *
 * And what a source costs this process that is sent as it is: time to its first sample, processor time.
 */
export async function benchLegs(options: BenchOptions): Promise<Row[]> {
  const { runs } = options;
  const { path, major } = await locateFfmpeg();
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-bench-'));
  try {
    const input = makeFilm(path, join(folder, 'film.mkv'));
    const ours = { input, startMs: 0, major };
    const all: [impl: string, processes: string[][]][] = [
      ['rxcall, audio', [mediaArgs({ ...ours, audio: AUDIO })]],
      ['gotgcall, audio', [gotgcallAudio(input)]],
      ['rxcall, video', [mediaArgs({ ...ours, video: VIDEO })]],
      ['gotgcall, video', [gotgcallVideo(input)]],
      ['rxcall, both', [mediaArgs({ ...ours, audio: AUDIO, video: VIDEO })]],
      ['gotgcall, both', [gotgcallAudio(input), gotgcallVideo(input)]],
    ];
    const candidates = chosen(all, options, ([impl]) => impl);
    const results = new Map<string, Measured[]>(candidates.map(([impl]) => [impl, []]));
    for (let i = 0; i < runs; i++) {
      for (const [impl, processes] of candidates) {
        const parts: Measured[] = [];
        for (const args of processes) parts.push(await measure(path, args));
        results.get(impl)!.push({
          firstByteMs: sum(parts.map(({ firstByteMs }) => firstByteMs)),
          cpuPct: sum(parts.map(({ cpuPct }) => cpuPct)),
          rssMB: sum(parts.map(({ rssMB }) => rssMB)),
        });
      }
    }
    const passed = [
      ['rxcall, Ogg/Opus as it is', makeSong(path, join(folder, 'song.opus'))],
      ['rxcall, WebM as it is', makeSong(path, join(folder, 'song.webm'))],
    ] as const;
    for (const [impl, song] of chosen(passed, options, ([impl]) => impl)) {
      await play(song); // compiled by now
      const measured: Measured[] = [];
      for (let i = 0; i < runs; i++) measured.push(await play(song));
      results.set(impl, measured);
    }
    return [...results].map(([impl, measured]) =>
      row({
        impl,
        firstByteMs: median(measured.map(({ firstByteMs }) => firstByteMs)),
        cpuPct: median(measured.map(({ cpuPct }) => cpuPct)),
        rssMB: median(measured.map(({ rssMB }) => rssMB)),
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeSong(ffmpeg: string, path: string): string {
  const sound = [
    '-f',
    'lavfi',
    '-i',
    `sine=440:sample_rate=48000:d=${SONG_SECONDS}`,
    '-c:a',
    'libopus',
    '-b:a',
    '128k',
  ];
  return makeMedia(ffmpeg, path, sound);
}

/** A song as it is, at full speed, by nothing but this process. */
function play(song: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const usage = watchUsage();
    let firstByteMs: number | undefined;
    fromFile(song, { ffmpegPath: '/no/such/ffmpeg' }).subscribe({
      next: () => (firstByteMs ??= performance.now() - startMs),
      error: reject,
      complete() {
        const { cpuMs, rssMB } = usage();
        resolve({ firstByteMs: firstByteMs!, cpuPct: cpuMs / (10 * SONG_SECONDS), rssMB });
      },
    });
  });
}

/** All outputs are read as fast as they come. ffmpeg itself says what it took (`-benchmark`). */
function measure(ffmpeg: string, args: readonly string[]): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const loud = args.map((arg, index) => (args[index - 1] === '-loglevel' ? 'info' : arg));
    const child = spawn(ffmpeg, ['-benchmark', ...loud], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    const firstBytes = new Map<number, number>();
    let said = '';
    for (const fd of [1, 3]) {
      child.stdio[fd]!.on('data', () => {
        if (!firstBytes.has(fd)) firstBytes.set(fd, performance.now() - startMs);
      });
    }
    child.stderr!.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)));
    child.on('error', reject);
    child.on('close', () => {
      const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(said) ?? [];
      const kilobytes = /maxrss=(\d+)/.exec(said)?.[1];
      const isWhole = firstBytes.size === args.filter((arg) => arg.startsWith('pipe:')).length;
      if (user === undefined || kilobytes === undefined || !isWhole) return reject(new Error(said));
      resolve({
        firstByteMs: Math.max(...firstBytes.values()),
        cpuPct: ((Number(user) + Number(system)) / FILM_SECONDS) * 100,
        rssMB: Number(kilobytes) / 1024,
      });
    });
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
