import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { FfmpegNotFoundError } from '../../src/ffmpeg/ffmpeg-not-found.ts';
import { locateFfmpeg, type LocateFfmpegOptions } from '../../src/ffmpeg/locate-ffmpeg.ts';

const PLACES = ['FFMPEG_PATH', 'FFMPEG_BIN', 'ffmpeg-static', 'PATH', '@ffmpeg-installer/ffmpeg'];

describe.skipIf(process.platform === 'win32')('locateFfmpeg', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rxcall-ladder-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program that answers as ffmpeg does. */
  function makeFfmpeg(name: string, version = '6.0'): string {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho "ffmpeg version ${version} Copyright"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** A package in the working directory, whose module is the path of a program. */
  function makeModule(name: string, exported: string): void {
    const place = join(folder, 'node_modules', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
    writeFileSync(join(place, 'index.js'), `module.exports = ${exported}`);
  }

  const locate = (env: Record<string, string> = {}, options: LocateFfmpegOptions = {}) =>
    locateFfmpeg({ env: { PATH: '/nowhere', ...env }, cwd: folder, ...options });

  it('takes the places in order', async () => {
    const options = { path: makeFfmpeg('given') };
    const env = { FFMPEG_PATH: makeFfmpeg('path'), FFMPEG_BIN: makeFfmpeg('bin'), PATH: join(folder, 'on-path') };
    makeModule('ffmpeg-static', JSON.stringify(makeFfmpeg('static')));
    makeModule('@ffmpeg-installer/ffmpeg', JSON.stringify({ path: makeFfmpeg('installer') }));
    const onPath = makeFfmpeg('on-path/ffmpeg');

    expect(await locate(env, options)).toMatchObject({ path: options.path, step: 'option', version: '6.0', major: 6 });
    expect(await locate(env)).toMatchObject({ path: env.FFMPEG_PATH, step: 'FFMPEG_PATH' });
    expect(await locate({ ...env, FFMPEG_PATH: '' })).toMatchObject({ path: env.FFMPEG_BIN, step: 'FFMPEG_BIN' });
    expect(await locate({ PATH: env.PATH })).toMatchObject({ path: join(folder, 'static'), step: 'ffmpeg-static' });
    rmSync(join(folder, 'static'));
    expect(await locate({ PATH: `/nowhere${delimiter}${env.PATH}` })).toMatchObject({ path: onPath, step: 'PATH' });
    const last = await locate();
    expect(last).toMatchObject({ path: join(folder, 'installer'), step: '@ffmpeg-installer/ffmpeg' });
    expect(last.steps.map(({ step }) => step)).toEqual(PLACES);
    expect(last.steps.map(({ ok }) => ok)).toEqual([false, false, false, false, true]);
  });

  it('looks only at the option when there is one, and says what is wrong with it', async () => {
    const env = { FFMPEG_PATH: makeFfmpeg('good') };
    const missing = join(folder, 'typo');
    const error: unknown = await locate(env, { path: missing }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FfmpegNotFoundError);
    expect(error).toMatchObject({
      code: 'ERR_FFMPEG_NOT_FOUND',
      steps: [{ step: 'option', path: missing, ok: false, reason: 'does not exist' }],
      message: expect.stringMatching(/typo\): does not exist\n.*options\.ffmpegPath/) as string,
    });
  });

  it('finds a command of another name on PATH, and a relative path in the working directory', async () => {
    const path = makeFfmpeg('on-path/ffmpeg7', '7.1');
    expect(await locate({ PATH: join(folder, 'on-path') }, { path: 'ffmpeg7' })).toMatchObject({
      path,
      version: '7.1',
    });
    expect(await locate({}, { path: './on-path/ffmpeg7' })).toMatchObject({ path });
    await expect(locate({}, { path: 'ffmpeg9' })).rejects.toThrow('ffmpeg9 is not on PATH');
  });

  it('passes over what is there but does not run as ffmpeg, and warns', async () => {
    const notExecutable = makeFfmpeg('plain-file');
    chmodSync(notExecutable, 0o644);
    const other = join(folder, 'other');
    writeFileSync(other, '#!/bin/sh\necho hello\n');
    chmodSync(other, 0o755);
    // An install script that did not run leaves a package without its program.
    makeModule('ffmpeg-static', JSON.stringify(join(folder, 'never-downloaded')));
    const broken = join(folder, 'on-path/ffmpeg');
    mkdirSync(join(broken, '..'));
    writeFileSync(broken, '#!/bin/sh\nexit 127\n');
    chmodSync(broken, 0o755);
    makeModule('@ffmpeg-installer/ffmpeg', JSON.stringify({ path: makeFfmpeg('installer', '4.1') }));

    const warnings: [object, string?][] = [];
    const ignore = (): void => {};
    const logger = {
      debug: ignore,
      info: ignore,
      error: ignore,
      warn: (...line: [object, string?]) => warnings.push(line),
    };
    const env = { FFMPEG_PATH: notExecutable, FFMPEG_BIN: other, PATH: join(folder, 'on-path') };
    const { steps, step } = await locate(env, { logger });
    expect(step).toBe('@ffmpeg-installer/ffmpeg');
    expect(steps.map(({ reason }) => reason)).toEqual([
      'may not be executed',
      `${other} -version does not answer as ffmpeg does.`,
      'does not exist',
      `${broken} -version failed: exit code 127.`,
      'version 4.1',
    ]);
    expect(warnings).toHaveLength(5);
    expect(warnings.at(-1)![1]).toContain('years old');
  });

  it('tells all it has tried and how to get one when there is none', async () => {
    const error: unknown = await locate({ FFMPEG_BIN: folder }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FfmpegNotFoundError);
    const { steps, message } = error as FfmpegNotFoundError;
    expect(steps.map(({ step }) => step)).toEqual(PLACES);
    expect(steps.find(({ step }) => step === 'FFMPEG_BIN')).toMatchObject({ path: folder, reason: 'is not a file' });
    for (const place of PLACES) expect(message).toContain(`\n  ${place}`);
    for (const fix of ['apt install', 'brew', 'winget', 'install-scripts approve', 'allowBuilds', 'bun add']) {
      expect(message).toContain(fix);
    }
  });

  it('remembers what it has found until that is gone, and never what it has not', async () => {
    const env = { FFMPEG_PATH: join(folder, 'late') };
    await expect(locate(env)).rejects.toThrow(FfmpegNotFoundError);
    makeFfmpeg('late', '6.1');
    const first = await locate(env);
    expect(await locate(env)).toBe(first);
    rmSync(env.FFMPEG_PATH);
    await expect(locate(env)).rejects.toThrow(FfmpegNotFoundError);
  });

  it('refuses a path that is none', async () => {
    await expect(locate({}, { path: '' })).rejects.toThrow(OptionError);
  });
});
