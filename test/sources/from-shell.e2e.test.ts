import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { take } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FfmpegError, SourceError } from '../../src/core/errors.ts';
import { RTMP_ACCEPTS } from '../../src/core/media-source.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import type { Sample } from '../../src/core/sample.ts';
import { liveChildren } from '../../src/ffmpeg/child-registry.ts';
import { FfmpegNotFoundError } from '../../src/ffmpeg/ffmpeg-not-found.ts';
import { shell } from '../../src/ffmpeg/shell.ts';
import { fromShell, type FromShellOptions } from '../../src/sources/from-shell.ts';
import { collect, expectNoChildren, fixture, sleep, until } from '../ffmpeg/processes.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';
import { serveMedia, status, withRanges } from './media-server.ts';

const FFMPEG = process.env['FFMPEG_PATH'] ?? 'ffmpeg';

const node = process.execPath;
const lengthMs = (samples: readonly Sample[]): number =>
  samples.reduce((total, { durationUs }) => total + durationUs, 0) / 1000;

describe('fromShell', () => {
  let media: MediaFolder;
  let song: string;
  let film: string;

  beforeAll(() => {
    media = createMediaFolder();
    song = media.make('my "best" song.wav', ...chirp(6));
    media.make('song.opus', ...chirp(3), '-c:a', 'libopus', '-page_duration', '20000');
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=4'];
    film = media.make('film.mkv', ...picture, ...chirp(4), '-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'flac');
    media.make('silent.mkv', '-i', film, '-an', '-c', 'copy');
    media.make('logo.png', '-f', 'lavfi', '-i', 'color=red:size=32x32', '-frames:v', '1');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  const play = (command: string | string[], options?: FromShellOptions) => collect(fromShell(command, options));

  describe('of audio', () => {
    it('plays a command from its first sample to its last', async () => {
      const { values: samples, error } = await play(shell`ffmpeg -i ${song} -af "volume=0.5"`);
      expect(error).toBeUndefined();
      expect(samples[0]).toMatchObject({ kind: 'audio', codec: 'opus', ptsUs: 0, durationUs: 20_000, keyframe: true });
      expect(Math.abs(lengthMs(samples) - 6000)).toBeLessThan(60);
      expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
      const { startMs, purity } = findInChirp(decodeSamples(samples), 0);
      expect(Math.abs(startMs)).toBeLessThan(30);
      expect(purity).toBeGreaterThan(0.85);
    });

    it.for<[command: (file: string) => string, durationMs: number]>([
      [(file) => shell`ffmpeg -i ${file} -codec:a libopus -b:a 64k`, 20],
      [(file) => shell`ffmpeg -i ${file} -c:a:0 libopus -f ogg pipe:1`, 20],
      [(file) => shell`ffmpeg -i ${file} -acodec libopus -frame_duration 60 -`, 60],
      [(file) => shell`ffmpeg -i ${file} -ar 16000 -ac 1 -application voip -f opus -`, 20],
      [(file) => shell`ffmpeg -v info -stats -y -i ${file} pipe:1 -t 6`, 20],
      [(file) => shell`nice -n 1 ${FFMPEG} -i ${file} -map 0:a -metadata title=""`, 20],
      [(file) => shell`ffmpeg -f lavfi -i anullsrc -i ${file} -filter_complex "amix=duration=shortest" -`, 20],
    ])('understands %s', async ([command, durationMs]) => {
      const { values: samples, error } = await play(command(song));
      expect(error).toBeUndefined();
      expect(samples[0]!.durationUs).toBe(durationMs * 1000);
      expect(Math.abs(lengthMs(samples) - 6000)).toBeLessThan(120);
    });

    it('plays raw PCM that is read', async () => {
      const pcm = media.make('raw.pcm', ...chirp(2), '-f', 's16le', '-ar', '24000');
      const { values: samples } = await play(shell`ffmpeg -f s16le -ar 24000 -ac 1 -i ${pcm}`);
      expect(Math.abs(lengthMs(samples) - 2000)).toBeLessThan(60);
      expect(findInChirp(decodeSamples(samples), 0).purity).toBeGreaterThan(0.8);
    });

    it('passes Opus through that is copied', async () => {
      const { values: samples } = await play(shell`ffmpeg -i ${media.path('song.opus')} -c copy`);
      const { values: passed } = await play(['cat', media.path('song.opus')]);
      expect(samples.map(({ data }) => Buffer.from(data).toString('hex'))).toEqual(
        passed.map(({ data }) => Buffer.from(data).toString('hex')),
      );
    });

    it('leaves the pictures of a film, and its cover, alone', async () => {
      const argv: string[] = [];
      const logger = { debug: (data: { argv?: string[] }) => argv.push(...(data.argv ?? [])) };
      const quiet = { info: () => {}, warn: () => {}, error: () => {} };
      const { values: samples } = await play(shell`ffmpeg -i ${film} -map 0`, { logger: { ...logger, ...quiet } });
      expect(Math.abs(lengthMs(samples) - 4000)).toBeLessThan(60);
      expect(argv.join(' ')).toMatch(/^\S+ -hide_banner -nostdin .* -i .*film.mkv -map 0 -vn -c:a libopus .* pipe:1$/);
    });

    it('keeps the place of sound that begins later than its picture', async () => {
      const late = media.make(
        'late.mkv',
        '-i',
        film,
        '-itsoffset',
        '1.5',
        '-i',
        song,
        '-map',
        '0:v',
        '-map',
        '1:a',
        '-c',
        'copy',
      );
      const { values: samples } = await play(shell`ffmpeg -i ${late}`);
      expect(Math.abs(samples[0]!.ptsUs - 1_500_000)).toBeLessThan(25_000);
    });
  });

  describe('at a position', () => {
    it.for<[command: (file: string) => string, startMs: number | undefined, atMs: number]>([
      [(file) => shell`ffmpeg -ss 2 -i ${file}`, undefined, 2000],
      [(file) => shell`ffmpeg -ss 2 -i ${file}`, 3500, 3500],
      [(file) => shell`ffmpeg -ss 2 -i ${file}`, 500, 500],
      [(file) => shell`ffmpeg -i ${file} -ss 00:00:02`, 4000, 4000],
      [(file) => shell`ffmpeg -ss 1 -i ${file} -ss 1`, 400, 400],
      [(file) => shell`ffmpeg -copyts -ss 2 -i ${file}`, 3000, 3000],
    ])('%s, opened at %s ms, begins at %d ms', async ([command, startMs, atMs]) => {
      const { values: samples, error } = await collect(fromShell(command(song)).open({ startMs, reason: 'seek' }));
      expect(error).toBeUndefined();
      expect(samples[0]!.segment!.reason).toBe('seek');
      expect(Math.abs(samples[0]!.ptsUs / 1000 - atMs)).toBeLessThan(25);
      const heard = findInChirp(decodeSamples(samples).subarray(4800), atMs + 100);
      expect(Math.abs(heard.startMs - atMs - 100)).toBeLessThan(30);
      expect(Math.abs(lengthMs(samples) - (6000 - atMs))).toBeLessThan(80);
    });

    it('plays no longer than the command says', async () => {
      const source = fromShell(shell`ffmpeg -ss 1 -t 3 -i ${song}`);
      const { values: samples } = await collect(source.open({ startMs: 2500 }));
      expect(Math.abs(lengthMs(samples) - 1500)).toBeLessThan(60);
      expect(await collect(source.open({ startMs: 4000 }))).toEqual({ values: [], error: undefined });
    });

    it('ends at once behind the end', async () => {
      const sound = fromShell(shell`ffmpeg -i ${song}`);
      const picture = fromShell(shell`ffmpeg -i ${film} -f h264`, { track: 'video' });
      for (const source of [sound.open({ startMs: 60_000 }), picture.open({ startMs: 60_000, accepts: RTMP_ACCEPTS })])
        expect(await collect(source)).toEqual({ values: [], error: undefined });
    });

    it('does not lose a logo', async () => {
      const command = shell`ffmpeg -i ${film} -i ${media.path('logo.png')} -filter_complex "overlay=0:0" -b:v 1M`;
      const { values: samples, error } = await collect(fromShell(command, { track: 'video' }).open({ startMs: 2000 }));
      expect(error).toBeUndefined();
      expect(samples[0]!.ptsUs).toBe(2_000_000);
      expect(samples.length).toBe(50);
    });

    it('does not take what cannot be seeked in anywhere', async () => {
      const source = fromShell('ffmpeg -f lavfi -i sine=d=2');
      const { values: samples } = await collect(source.open({ startMs: 1000 }));
      expect(samples[0]!.ptsUs).toBe(0);
      expect(Math.abs(lengthMs(samples) - 2000)).toBeLessThan(60);
    });
  });

  describe('of video', () => {
    const video = { track: 'video' } as const;

    it('makes VP8 with the times of its pictures', async () => {
      const { values: samples, error } = await play(shell`ffmpeg -i ${film} -b:v 300k`, video);
      expect(error).toBeUndefined();
      expect(samples).toHaveLength(100);
      expect(samples[0]).toMatchObject({ kind: 'video', codec: 'vp8', ptsUs: 0, keyframe: true });
      expect(samples.map(({ ptsUs }) => ptsUs)).toEqual(samples.map((_sample, index) => index * 40_000));
      expect(samples.at(-1)!.durationUs).toBe(40_000);
    });

    it.for([
      ['-r 10', 10],
      ['-r 1', 1],
      ['-vf fps=30000/1001', 30_000 / 1001],
      ['-vf setpts=PTS/2 -r 25', 25],
    ] as const)('at %s', async ([args, rate]) => {
      const { values: samples } = await play(shell`ffmpeg -i ${film} ${args.split(' ')}`, video);
      for (const { ptsUs, durationUs } of samples) {
        expect(Math.abs(durationUs - 1e6 / rate)).toBeLessThan(2000);
        expect(Math.abs(ptsUs / (1e6 / rate) - Math.round(ptsUs / (1e6 / rate)))).toBeLessThan(0.05);
      }
      const seconds = args.includes('setpts') ? 2 : 4;
      expect(Math.abs(lengthMs(samples) - seconds * 1000)).toBeLessThanOrEqual(2000 / rate + 1); // -r lets the last picture stand a little longer
    });

    it('plays pictures with transparency', async () => {
      const png = media.make('glass.png', '-f', 'lavfi', '-i', 'color=red@0.5:s=64x64,format=rgba', '-frames:v', '1');
      const { values: samples, error } = await play(shell`ffmpeg -loop 1 -framerate 5 -i ${png} -t 2`, video);
      expect(error).toBeUndefined();
      expect(samples).toHaveLength(10);
    });

    it('makes H.264 for a sink that takes nothing else', async () => {
      const source = fromShell(shell`ffmpeg -i ${film} -r 25`, video);
      const { values: samples, error } = await collect(source.open({ accepts: { audio: ['opus'], video: ['h264'] } }));
      expect(error).toBeUndefined();
      expect(samples).toHaveLength(100);
      expect(samples[0]).toMatchObject({ codec: 'h264', keyframe: true, ptsUs: 0, durationUs: 40_000 });
    });

    it('makes H.264 when the command does, whatever its keyframes and filters', async () => {
      const { values: samples, error } = await play(
        shell`ffmpeg -i ${film} -c:v libx264 -vf "scale=80:60" -g 25 -r 30`,
        video,
      );
      expect(error).toBeUndefined();
      expect(samples).toHaveLength(120);
      expect(samples.filter(({ keyframe }) => keyframe).length).toBeGreaterThanOrEqual(4);
      expect(samples.at(-1)!.ptsUs).toBe(Math.round((119 * 1e6) / 30));
    });

    it('fails, and not before it is opened, when the sink takes none of it', async () => {
      const source = fromShell(shell`ffmpeg -i ${film} -c:v libx264`, video);
      const { error } = await collect(source.open({ accepts: { audio: ['opus'], video: ['vp8'] } }));
      expect(error).toMatchObject({ code: 'ERR_OPTION', path: 'command' });
    });

    it('plays AAC that the command makes, and fails when the sink does not take it', async () => {
      const source = fromShell(shell`ffmpeg -i ${song} -c:a aac -b:a 96k -t 1`);
      const { values: samples, error } = await collect(source.open({ accepts: RTMP_ACCEPTS }));
      expect(error).toBeUndefined();
      expect(samples.every(({ codec }) => codec === 'aac')).toBe(true);
      expect(Math.abs(lengthMs(samples) - 1000)).toBeLessThan(60);
      const { error: refused } = await collect(source);
      expect(refused).toMatchObject({ code: 'ERR_OPTION', path: 'command' });
      expect((refused as Error).message).toContain('-c:a aac, which does not make Opus: leave it out');
    });
  });

  describe('of other programs', () => {
    it('plays what they write', async () => {
      const write = 'process.stdout.write(require("fs").readFileSync(process.argv[1]))';
      const { values: samples, error } = await play([node, '-e', write, media.path('song.opus')]);
      expect(error).toBeUndefined();
      expect(Math.abs(lengthMs(samples) - 3000)).toBeLessThan(60);
    });

    it('completes the arguments of a script around ffmpeg when told so', async () => {
      const run =
        'require("child_process").spawnSync(process.env.FFMPEG_PATH ?? "ffmpeg", process.argv.slice(1), { stdio: "inherit" })';
      const script = media.write('play.cjs', run.replace('.slice(1)', '.slice(2)'));
      const whole = [node, script, '-i', song, '-t', '1'];
      const { error } = await play(whole);
      expect(error).toMatchObject({ code: 'ERR_MEDIA_FORMAT' });
      // The first word is the program; what belongs to it and not to ffmpeg has to be part of it.
      const wrapper = media.write('play', `#!${node}\n${run.replace('.slice(1)', '.slice(2)')}`);
      chmodSync(wrapper, 0o755);
      const { values: samples, error: none } = await play([wrapper, '-i', song, '-t', '1'], { complete: true });
      expect(none).toBeUndefined();
      expect(Math.abs(lengthMs(samples) - 1000)).toBeLessThan(60);
    });

    it('says which program is not there', async () => {
      const { error } = await play('no-such-program --play "a b"');
      expect(error).toBeInstanceOf(SourceError);
      expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', retryable: false });
      expect((error as Error).message).toBe(
        'no-such-program is not on PATH, so this cannot be played: no-such-program --play "a b"',
      );
      const { error: file } = await play(['/no/such/ffmpeg', '-i', song]);
      expect((file as Error).message).toContain('/no/such/ffmpeg does not exist');
    });

    it('says which program cannot be run, for what runs it is missing', async () => {
      const script = media.write('orphan.sh', '#!/no/such/shell\n');
      chmodSync(script, 0o755);
      const { error } = await play([script]);
      expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', cause: { code: 'ENOENT' } });
      expect((error as Error).message).toBe(`${script} cannot be run, so this cannot be played: ${script}`);
    });

    it('says how a program ended', async () => {
      const { error } = await play([node, fixture('fails.mjs'), '42', 'https://host/x?token=hunter2']);
      expect(error).toBeInstanceOf(SourceError);
      const { message, cause } = error as SourceError;
      expect(message).toContain(`ended with exit code 42. It said: complaint`);
      expect(message).not.toContain('hunter2');
      expect((cause as FfmpegError).argv.at(-1)).toBe('https://host/x?token=***');
      const { error: killed } = await play([node, fixture('dies-after.mjs'), '0', 'SIGKILL']);
      expect(killed).toMatchObject({ retryable: true });
    });

    it('says what wrote bytes that are no media', async () => {
      const { error } = await play(shell`cat ${song}`);
      expect(error).toMatchObject({ code: 'ERR_MEDIA_FORMAT', retryable: false });
      expect((error as Error).message).toMatch(
        /^Ogg stream is malformed .* It was written by: cat ".*my \\"best\\" song.wav"$/,
      );
    });
  });

  describe('when it fails', () => {
    it('quotes the whole command line, without its secrets', async () => {
      const command = shell`ffmpeg -headers "Cookie: hunter2\r\n" -i http://me:hunter2@127.0.0.1:9/a.mp3 -af volume=2`;
      const { error } = await play(command);
      expect(error).toBeInstanceOf(FfmpegError);
      const { argv, message } = error as FfmpegError;
      expect(argv.slice(1, 7)).toEqual([
        ...['-hide_banner', '-nostdin', '-loglevel', 'repeat+level+warning', '-headers', 'Cookie: ***\r\n'],
      ]);
      expect(argv.slice(-3)).toEqual(['-f', 'ogg', 'pipe:1']);
      expect(argv).toContain('http://***@127.0.0.1:9/a.mp3');
      expect(message).toContain('http://***@127.0.0.1:9/a.mp3 could not be reached');
      expect(error).toMatchObject({ retryable: true });
      expect(JSON.stringify({ ...(error as object), message })).not.toContain('hunter2');
    });

    it('tells what is missing from what cannot be read', async () => {
      const errors = await Promise.all([
        play(shell`ffmpeg -i ${media.path('nowhere.mp3')}`),
        play(shell`ffmpeg -i ${media.path('silent.mkv')}`),
        play(shell`ffmpeg -i ${song}`, { track: 'video' }),
        play(shell`ffmpeg -i ${song} -af "volume=loud"`),
        play(shell`ffmpeg -v quiet -i ${song} -af "volume=loud"`),
      ]);
      expect(errors.map(({ error }) => (error as FfmpegError).code)).toEqual([
        ...[
          'ERR_FFMPEG_FAILED',
          'ERR_SOURCE_NO_TRACK',
          'ERR_SOURCE_NO_TRACK',
          'ERR_FFMPEG_FAILED',
          'ERR_FFMPEG_FAILED',
        ],
      ]);
      const messages = errors.map(({ error }) => (error as Error).message);
      expect(messages[0]).toMatch(/nowhere\.mp3.*No such file/);
      expect(messages[1]).toMatch(/silent\.mkv has no audio/);
      expect(messages[2]).toMatch(/song\.wav has no video/);
      expect(errors.map(({ error }) => (error as FfmpegError).retryable)).toEqual([false, false, false, false, false]);
    });

    it('says that the ffmpeg it was given is none', async () => {
      const { error } = await play(shell`ffmpeg -i ${song}`, { ffmpegPath: '/no/such/ffmpeg' });
      expect(error).toBeInstanceOf(FfmpegNotFoundError);
    });

    it('knows what a server answered', async () => {
      await using server = await serveMedia({}, { gone: status(404), busy: status(503) });
      const { error: gone } = await play(`ffmpeg -i ${server.url('gone/a.mp3')}`);
      expect(gone).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', retryable: false });
      const { error: busy } = await play(`ffmpeg -i ${server.url('busy/a.mp3')}`);
      expect(busy).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE', retryable: true });
      expect(((busy as SourceError).cause as FfmpegError).argv.at(-1)).toBe('pipe:1');
    });
  });

  it('sends the headers that were written with \\r\\n in between as two', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const wav = readFileSync(song);
    const server = createServer((request, response) => {
      seen.push(request.headers);
      withRanges(request, response, wav);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.wav`;
    const { error } = await play(shell`ffmpeg -headers "Referer: https://site/\r\nCookie: id=7\r\n" -i ${url} -t 1`);
    server.closeAllConnections();
    server.close();
    expect(error).toBeUndefined();
    expect(seen[0]).toMatchObject({ referer: 'https://site/', cookie: 'id=7' });
  });

  it('reads no faster than its samples are taken', async () => {
    const queue = new SampleQueue();
    const subscription = fromShell('ffmpeg -f lavfi -i sine').subscribe((sample) => queue.push(sample));
    await until(() => queue.length >= 50);
    await sleep(300);
    expect(queue.length).toBe(50);
    for (let i = 0; i < 25; i++) queue.shift();
    await until(() => queue.length === 50);
    expect(liveChildren()).toBe(1);
    subscription.unsubscribe();
  });

  it('starts nothing before it is subscribed to, and ends what it started', async () => {
    const source = fromShell('ffmpeg -f lavfi -i sine');
    expect(liveChildren()).toBe(0);
    await collect(source.pipe(take(1)));
    await expectNoChildren();
  });
});
