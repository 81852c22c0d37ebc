import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReport, type Report } from '../../src/calls/create-report.ts';
import { formatReport } from '../../src/calls/format-report.ts';
import { locateFfmpeg } from '../../src/ffmpeg/locate-ffmpeg.ts';

describe('createReport', () => {
  it('tells versions, ffmpeg with the place it was found in, addresses and limits', async () => {
    const { path, version, steps } = await locateFfmpeg();
    const report = await createReport();
    expect(report).toMatchObject({
      versions: {
        rxcall: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
        node: process.versions.node,
        rxjs: expect.stringMatching(/^7\./) as string,
        werift: expect.stringMatching(/^\d/) as string,
        'ts-pattern': expect.stringMatching(/^\d/) as string,
      },
      platform: `${process.platform}-${process.arch}`,
      ffmpeg: { path, version, steps, features: { libopus: true, ogg: true } },
    });
    expect(report.lacks.filter(({ level }) => level === 'error')).toEqual([]);
    expect(report.interfaces.some(({ address, used }) => address === '127.0.0.1' && !used)).toBe(true);
    if (process.platform !== 'win32') expect(report.openFiles).toBeGreaterThan(0);
  });

  it('says what is wrong and how to mend it when there is no ffmpeg', async () => {
    const { ffmpeg, lacks } = await createReport({
      env: { PATH: '/nowhere', FFMPEG_PATH: '/no/such/ffmpeg' },
      cwd: '/',
    });
    expect(ffmpeg).toMatchObject({ path: null, version: null, features: null });
    expect(ffmpeg.steps[0]).toMatchObject({ step: 'FFMPEG_PATH', path: '/no/such/ffmpeg', reason: 'does not exist' });
    expect(lacks[0]).toMatchObject({ what: 'ffmpeg', level: 'error' });
    expect(lacks[0]!.fix).toContain('apt install ffmpeg');
  });

  describe.skipIf(process.platform === 'win32')('of an ffmpeg that lacks something', () => {
    let folder: string;
    beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'rxcall-poor-'))));
    afterAll(() => rmSync(folder, { recursive: true }));

    function makeFfmpeg(name: string, answers: string): string {
      const path = join(folder, name);
      writeFileSync(path, `#!/bin/sh\ncase "$*" in\n${answers}\n*) echo 'ffmpeg version 4.0';;\nesac\n`);
      chmodSync(path, 0o755);
      return path;
    }

    it('says what cannot be done without it, and is not taken in by similar names', async () => {
      const path = makeFfmpeg(
        'poor',
        `*-encoders*) echo ' V..... libx264rgb      not the one'; echo ' A..... libopus       Opus';;
         *-muxers*) echo '  E ogg             Ogg'; echo ' D  ivf             only for reading';;
         *-protocols*) printf 'Input:\\n  http\\n  tls\\nOutput:\\n  https_not\\n';;`,
      );
      const { ffmpeg, lacks } = await createReport({ path });
      const has = Object.entries(ffmpeg.features!).filter(([, there]) => there);
      expect(has.map(([feature]) => feature)).toEqual(['libopus', 'ogg']);
      const ofFfmpeg = lacks.filter(({ what }) => what.startsWith('ffmpeg'));
      expect(ofFfmpeg.map(({ what }) => what.slice(8)).sort()).toEqual(
        ['flv', 'https', 'ivf', 'libvpx', 'libx264', 'rtmps'].sort(),
      );
      expect(ofFfmpeg.every(({ level, fix }) => level === 'warning' && fix.includes(path))).toBe(true);
    });

    it('keeps what it knows of one that stops answering', async () => {
      const path = makeFfmpeg('broken', `*-encoders*) exit 1;;`);
      const { ffmpeg, lacks } = await createReport({ path });
      expect(ffmpeg.steps).toMatchObject([{ step: 'option', path, ok: false }]);
      expect(ffmpeg.steps[0]!.reason).toContain('exit code 1');
      expect(lacks[0]).toMatchObject({ what: 'ffmpeg', level: 'error' });
    });
  });
});

describe('formatReport', () => {
  const report: Report = {
    versions: { rxcall: '1.2.3', node: '24.0.0', rxjs: '7.8.2', werift: null, 'ts-pattern': '5.9.2' },
    platform: 'linux-x64',
    ffmpeg: {
      path: null,
      version: null,
      features: null,
      steps: [
        { step: 'FFMPEG_PATH', path: '/stale/ffmpeg', ok: false, reason: 'does not exist' },
        { step: 'PATH', ok: false, reason: 'has no ffmpeg' },
      ],
    },
    interfaces: [
      { name: 'lo', address: '127.0.0.1', used: false },
      { name: 'eth0', address: '192.0.2.1', used: true },
    ],
    openFiles: null,
    lacks: [{ what: 'ffmpeg', level: 'error', fix: 'Install it:\nDebian: apt\nmacOS: brew' }],
  };

  it('is text for people, a fact a line', () => {
    expect(formatReport(report).split('\n')).toEqual([
      'rxcall      1.2.3',
      'node        24.0.0',
      'rxjs        7.8.2',
      'werift      not found',
      'ts-pattern  5.9.2',
      'platform    linux-x64',
      'open files  unknown',
      '',
      'ffmpeg      not found',
      '  - FFMPEG_PATH: /stale/ffmpeg does not exist',
      '  - PATH: has no ffmpeg',
      '',
      'interfaces',
      '  - lo 127.0.0.1',
      '  + eth0 192.0.2.1',
      '',
      'Missing:',
      '  error: ffmpeg. Install it:',
      '    Debian: apt',
      '    macOS: brew',
    ]);
  });

  it('says so when nothing is missing', () => {
    expect(formatReport({ ...report, lacks: [] })).toMatch(/\n\nNothing is missing\.$/);
  });
});
