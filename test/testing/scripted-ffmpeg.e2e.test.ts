import { existsSync } from 'node:fs';
import { lastValueFrom, take, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { FfmpegError } from '../../src/core/errors.ts';
import type { Sample } from '../../src/core/sample.ts';
import { locateFfmpeg } from '../../src/ffmpeg/locate-ffmpeg.ts';
import { probeFfmpeg } from '../../src/ffmpeg/probe-ffmpeg.ts';
import { reconnect } from '../../src/operators/reconnect.ts';
import { stall } from '../../src/operators/stall.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { createScriptedFfmpeg } from '../../src/testing/ffmpeg/create-scripted-ffmpeg.ts';
import { parseScript } from '../../src/testing/ffmpeg/script.ts';
import { collect, expectNoChildren } from '../ffmpeg/processes.ts';

/** Anything that ffmpeg would have to open. */
const FILE = 'package.json';

describe.skipIf(process.platform === 'win32')('createScriptedFfmpeg', () => {
  afterEach(expectNoChildren);

  it('is found and probed as ffmpeg is', async () => {
    using ffmpeg = createScriptedFfmpeg('audio 1s');
    const { path, major } = await locateFfmpeg({ path: ffmpeg.path });
    expect({ path, major }).toEqual({ path: ffmpeg.path, major: 7 });
    const { features } = await probeFfmpeg(path);
    expect(Object.values(features).every(Boolean)).toBe(true);
    expect(ffmpeg.runs).toEqual([]);
  });

  it('writes what the command wants, and notes the command', async () => {
    using ffmpeg = createScriptedFfmpeg('media 2s');
    const { values, error } = await collect(fromFile(FILE, { video: true, ffmpegPath: ffmpeg.path }));
    expect(error).toBeUndefined();
    const of = (kind: string): Sample[] => values.filter((sample) => sample.kind === kind);
    expect(of('audio')).toHaveLength(100);
    expect(of('video')).toHaveLength(50);
    expect(of('video').every((frame) => frame.keyframe && frame.durationUs === 40_000)).toBe(true);
    expect(ffmpeg.runs).toHaveLength(1);
    expect(ffmpeg.runs[0]).toEqual(expect.arrayContaining(['-i', 'pipe:1', 'pipe:3']));
  });

  it('ends as it is told', async () => {
    using ffmpeg = createScriptedFfmpeg('audio 1s\nstderr [error] Connection reset by peer\nexit 3', 'kill SIGSEGV');
    const source = fromFile(FILE, { ffmpegPath: ffmpeg.path });
    const first = await collect(source);
    expect(first.values).toHaveLength(49); // a page leaves with the packet after it
    expect(first.error).toMatchObject({ exitCode: 3, stderrTail: expect.stringContaining('Connection reset by peer') });
    const second = await collect(source);
    expect(second.error).toBeInstanceOf(FfmpegError);
    expect(second.error).toMatchObject({ signal: 'SIGSEGV' });
    expect(ffmpeg.runs).toHaveLength(2);
  });

  it('falls silent, and does better the next time', async () => {
    using ffmpeg = createScriptedFfmpeg('audio 400ms\ndeaf\nwait', 'audio 1s');
    const source = fromFile(FILE, { ffmpegPath: ffmpeg.path }).pipe(
      stall({ firstMs: 10_000, thenMs: 300 }),
      reconnect({ firstDelayMs: 10 }),
    );
    const { values, error } = await collect(source);
    expect(error).toBeUndefined();
    expect(values.length).toBeGreaterThanOrEqual(50);
    expect(ffmpeg.runs.length).toBe(2);
  });

  it('goes on for ever, or in real time, and is ended by unsubscribing', async () => {
    using ffmpeg = createScriptedFfmpeg('# a camera\naudio 200ms realtime\naudio');
    const began = performance.now();
    const command = [ffmpeg.path, '-i', 'x', '-f', 'ogg', 'pipe:1'];
    const samples = await lastValueFrom(fromShell(command, { ffmpegPath: ffmpeg.path }).pipe(take(200), toArray()));
    expect(samples).toHaveLength(200);
    expect(performance.now() - began).toBeGreaterThan(150);
  });

  it('writes nonsense between what makes sense', async () => {
    using ffmpeg = createScriptedFfmpeg('audio 200ms\nbytes 5000\naudio 200ms');
    const { values, error } = await collect(fromFile(FILE, { ffmpegPath: ffmpeg.path }));
    expect(error).toBeUndefined();
    expect(values).toHaveLength(20);
  });

  it('goes with its folder', () => {
    const ffmpeg = createScriptedFfmpeg('wait');
    expect(existsSync(ffmpeg.path)).toBe(true);
    ffmpeg[Symbol.dispose]();
    expect(existsSync(ffmpeg.path)).toBe(false);
    expect(ffmpeg.runs).toEqual([]);
  });

  it('says which line makes no sense, and wants a script', () => {
    for (const line of [
      'play 3s',
      'audio three',
      'wait 3s realtime',
      'exit',
      'kill 9',
      'deaf now',
      'bytes',
      'wait 1 2',
    ]) {
      expect(() => createScriptedFfmpeg(`audio 1s\n${line}`)).toThrow(`got "${line}"`);
    }
    expect(() => createScriptedFfmpeg()).toThrow('one script or more');
  });
});

describe('a script', () => {
  it('has a step a line, comments left out', () => {
    expect(
      parseScript('\n  # x\nmedia 1.5s realtime\nvideo 2m\nwait\nstderr  a  b\nexit 0\nkill SIGKILL\ndeaf'),
    ).toEqual([
      { type: 'media', kinds: ['audio', 'video'], ms: 1500, realtime: true },
      { type: 'media', kinds: ['video'], ms: 120_000, realtime: false },
      { type: 'wait', ms: Infinity },
      { type: 'stderr', text: 'a  b' },
      { type: 'exit', code: 0 },
      { type: 'kill', signal: 'SIGKILL' },
      { type: 'deaf' },
    ]);
  });
});
