/*
 * The program that createScriptedFfmpeg starts in place of ffmpeg: program FOLDER ARGUMENTS. The folder holds the scripts
 * and gets a note of each run.
 */
import { createWriteStream, readFileSync, type WriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MediaKind } from '../../core/sample.ts';
import { parseScript, type ScriptStep } from './script.ts';
import { type ScriptedMedia, scriptedAudio, scriptedVideo } from './scripted-media.ts';

interface Leg {
  readonly media: ScriptedMedia;
  readonly output: WriteStream;
}

/** What a recent ffmpeg says about itself, as far as anybody asks. */
const ANSWERS: Readonly<Record<string, string>> = {
  '-version': 'ffmpeg version 7.1-scripted Copyright (c) nobody\nlibavformat    61.  7.100 / 61.  7.100\n',
  '-encoders': ' A....D libopus\n V....D libvpx\n V....D libx264\n',
  '-protocols': 'Output:\n  https\n  rtmps\n',
  '-muxers': '  E ogg\n  E ivf\n  E flv\n',
};

const [, , folder = '', ...args] = process.argv;
const answer = ANSWERS[args.at(-1) ?? ''];
if (answer !== undefined) process.stdout.write(answer);
else await play(scriptOf(claimRun()), openLegs());

/** The number of this run, from 0, which no other run has. */
function claimRun(): number {
  for (let run = 0; ; run++) {
    try {
      writeFileSync(join(folder, `run-${run}.json`), JSON.stringify(args), { flag: 'wx' });
      return run;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** The last script is that of all later runs, too. */
function scriptOf(run: number): ScriptStep[] {
  const scripts = JSON.parse(readFileSync(join(folder, 'scripts.json'), 'utf8')) as string[];
  return parseScript(scripts[Math.min(run, scripts.length - 1)]!);
}

/** Where the command wants which kind of media: an output without audio is one of video. */
function openLegs(): Partial<Record<MediaKind, Leg>> {
  const legs: Partial<Record<MediaKind, Leg>> = {};
  let begin = 0;
  for (const [index, arg] of args.entries()) {
    const fd = arg === '-' ? 1 : Number(/^pipe:(\d+)$/.exec(arg)?.[1] ?? NaN);
    if (Number.isNaN(fd) || args[index - 1] === '-i') continue;
    const kind = args.slice(begin, index).includes('-an') ? 'video' : 'audio';
    begin = index + 1;
    const output = createWriteStream('', { fd });
    output.on('error', () => process.exit(1)); // nobody reads any more: so ends ffmpeg
    legs[kind] = { output, media: kind === 'audio' ? scriptedAudio() : scriptedVideo() };
  }
  return legs;
}

async function play(steps: readonly ScriptStep[], legs: Partial<Record<MediaKind, Leg>>): Promise<void> {
  for (const step of steps) {
    if (step.type === 'media') {
      const wanted = step.kinds.map((kind) => legs[kind]).filter((leg) => leg !== undefined);
      await Promise.all(wanted.map((leg) => writeMedia(leg, step.ms, step.realtime)));
    } else if (step.type === 'bytes') {
      await Promise.all(Object.values(legs).map((leg) => write(leg, Buffer.alloc(step.count, 0x55))));
    } else if (step.type === 'wait') {
      // Longer than any test, where a timer cannot be set to infinity.
      await sleep(Math.min(step.ms, 2 ** 31 - 1));
    } else if (step.type === 'stderr') {
      process.stderr.write(`${step.text}\n`);
    } else if (step.type === 'deaf') {
      process.on('SIGTERM', () => {});
    } else if (step.type === 'kill') {
      process.kill(process.pid, step.signal);
      await sleep(2 ** 31 - 1); // until it comes
    } else {
      process.exit(step.code);
    }
  }
  for (const leg of Object.values(legs)) {
    await write(leg, leg.media.end());
    leg.output.end();
  }
}

async function writeMedia(leg: Leg, ms: number, realtime: boolean): Promise<void> {
  const begin = performance.now();
  for (let at = 0; at < ms; at += leg.media.unitMs) {
    if (realtime) await sleep(Math.max(0, begin + at - performance.now()));
    await write(leg, leg.media.next());
  }
}

/** Resolves when the bytes have left: what ends the process loses none. */
function write({ output }: Leg, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => output.write(bytes, () => resolve()));
}
