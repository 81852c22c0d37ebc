import { createReadStream, readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { take } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SourceError } from '../../src/core/errors.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import type { Sample } from '../../src/core/sample.ts';
import { liveChildren } from '../../src/ffmpeg/child-registry.ts';
import { type ByteStream, fromStream, type FromStreamOptions } from '../../src/sources/from-stream.ts';
import { collect, expectNoChildren, sleep, until } from '../ffmpeg/processes.ts';
import { chirp, createMediaFolder, decodeSamples, findInChirp, type MediaFolder } from './media-folder.ts';
import { serveMedia, withoutRanges } from './media-server.ts';

const PCM = { format: 's16le', sampleRate: 24_000, channels: 1 } as const;
const lengthMs = (samples: readonly Sample[]): number =>
  samples.reduce((total, { durationUs }) => total + durationUs, 0) / 1000;
/** So many milliseconds of {@link PCM} that is not silent. */
const noise = (ms: number): Buffer => Buffer.alloc(ms * 48, 0x11);

describe('fromStream', () => {
  let media: MediaFolder;
  beforeAll(() => {
    media = createMediaFolder();
    media.make('song.mp3', ...chirp(4), '-b:a', '128k');
    media.make('song.webm', ...chirp(4), '-c:a', 'libopus');
    media.make('song.flac', ...chirp(4));
    media.make('mono.pcm', ...chirp(4), '-f', 's16le', '-ar', '24000');
    media.make('stereo.pcm', ...chirp(4), '-f', 'f32le', '-ar', '44100', '-ac', '2');
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=4'];
    media.make('film.mkv', ...picture, ...chirp(4), '-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'flac');
  });
  afterAll(() => media[Symbol.dispose]());
  afterEach(expectNoChildren);

  const open = (name: string): Readable => createReadStream(media.path(name));
  const play = (stream: ByteStream, options?: FromStreamOptions) => collect(fromStream(stream, options));

  it.for<[name: string, options: FromStreamOptions]>([
    ['song.mp3', {}],
    ['song.mp3', { format: 'mp3' }],
    ['song.webm', {}],
    ['song.flac', {}],
    ['mono.pcm', PCM],
    ['stereo.pcm', { format: 'f32le', sampleRate: 44_100, channels: 2 }],
  ])('plays %s (%j) from its first sample to its last', async ([name, options]) => {
    const { values: samples, error } = await play(open(name), options);
    expect(error).toBeUndefined();
    expect(samples[0]).toMatchObject({ ptsUs: 0, codec: 'opus' });
    expect(Math.abs(lengthMs(samples) - 4000)).toBeLessThan(80);
    const { startMs, purity } = findInChirp(decodeSamples(samples), 0);
    expect(Math.abs(startMs)).toBeLessThan(30);
    expect(purity).toBeGreaterThan(0.8);
  });

  it('plays picture and sound of a stream when asked for both', async () => {
    const { values: samples, error } = await play(open('film.mkv'), { video: true, videoWidth: 160, videoHeight: 120 });
    expect(error).toBeUndefined();
    expect(samples.filter(({ kind }) => kind === 'video')).toHaveLength(120);
    expect(Math.abs(lengthMs(samples.filter(({ kind }) => kind === 'audio')) - 4000)).toBeLessThan(80);
    const { error: none } = await play(open('song.mp3'), { video: true });
    expect(none).toMatchObject({ code: 'ERR_SOURCE_NO_TRACK' });
  });

  it('plays the chunks of any iterable: of a generator, of a fetch', async () => {
    async function* speech() {
      for (let i = 0; i < 20; i++) yield noise(100).subarray(0, 4799 + (i % 2) * 2); // cut within samples
    }
    const { values: spoken } = await play(speech(), PCM);
    expect(Math.abs(lengthMs(spoken) - 2000)).toBeLessThan(60);

    await using server = await serveMedia(
      { 'song.mp3': readFileSync(media.path('song.mp3')) },
      { plain: withoutRanges },
    );
    const source = fromStream(async () => (await fetch(server.url('plain/song.mp3'))).body!);
    for (let i = 0; i < 2; i++) {
      const { values: fetched, error } = await collect(source);
      expect(error).toBeUndefined();
      expect(Math.abs(lengthMs(fetched) - 4000)).toBeLessThan(80);
    }
  });

  it('plays speech as it is synthesized, without waiting for more', async () => {
    const stream = new PassThrough();
    const samples: Sample[] = [];
    let done = false;
    fromStream(stream, PCM).subscribe({ next: (it) => samples.push(it), complete: () => (done = true) });
    stream.write(noise(400));
    await until(() => lengthMs(samples) >= 300);
    stream.end(noise(100));
    await until(() => done);
    expect(Math.abs(lengthMs(samples) - 500)).toBeLessThan(60);
  });

  it('holds the stream back while its samples are not taken', async () => {
    let given = 0;
    const stream = new Readable({
      read() {
        given += 100;
        this.push(noise(100));
      },
    });
    const queue = new SampleQueue();
    const subscription = fromStream(stream, PCM).subscribe((sample) => queue.push(sample));
    await until(() => queue.length >= 50);
    let before = -1;
    while (before !== given) {
      before = given;
      await sleep(300);
    }
    expect(queue.length).toBe(50);
    expect(given).toBeLessThan(300_000); // since 7, ffmpeg itself queues a minute of it
    for (let i = 0; i < 25; i++) queue.shift();
    await until(() => queue.length === 50);
    await until(() => {
      queue.shift();
      return given > before;
    });
    subscription.unsubscribe();
    expect(stream.destroyed).toBe(true);
  });

  it('plays what came before the stream failed, and then says why', async () => {
    const reason = new Error('synthesizer gone');
    const failing = async function* () {
      yield noise(1000);
      throw reason;
    };
    const { values: samples, error } = await play(failing(), { ...PCM, label: 'speech' });
    expect(Math.abs(lengthMs(samples) - 1000)).toBeLessThan(60);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE', source: 'speech', cause: reason });
    expect((error as Error).message).toBe('speech failed: synthesizer gone.');
  });

  it('does not take a stream that was closed too early for one that has ended', async () => {
    const stream = new PassThrough();
    stream.write(noise(500));
    setTimeout(() => stream.destroy(), 200);
    const { error } = await play(stream, PCM);
    expect(error).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE', cause: { code: 'ERR_STREAM_PREMATURE_CLOSE' } });
  });

  it('survives a stream that has failed before it is played, and one that fails afterwards', async () => {
    const missing = fromStream(open('nowhere.mp3'));
    await sleep(100);
    expect((await collect(missing)).error).toMatchObject({ code: 'ERR_SOURCE_UNREADABLE', cause: { code: 'ENOENT' } });

    const stream = new PassThrough();
    stream.write(noise(500));
    await collect(fromStream(stream, PCM).pipe(take(1)));
    stream.emit('error', new Error('too late'));
  });

  it('refuses a stream that has been read, and one that gives no bytes', async () => {
    const stream = open('song.mp3');
    const source = fromStream(stream);
    expect((await collect(source)).error).toBeUndefined();
    const { error } = await collect(source);
    expect((error as Error).message).toBe('stream has been read already: give a function that opens it anew.');

    const objects = Readable.from([{ not: 'bytes' }]);
    expect((await play(objects, PCM)).error).toMatchObject({
      message: 'stream failed: The stream gave objects where bytes are needed.',
    });
    expect((await collect(fromStream(() => 5 as never))).error).toMatchObject({
      message: 'stream is no readable stream.',
    });
  });

  it('fails with what ffmpeg says of bytes that are no media', async () => {
    const { error } = await play(Readable.from([Buffer.alloc(100_000, 'nonsense ')]), { label: 'upload' });
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED' });
    expect((error as Error).message).toContain('upload');
    const { error: empty } = await play(Readable.from([]), PCM);
    expect(empty).toBeUndefined();
  });

  it('ends ffmpeg and the stream when it is no longer listened to, even while it waits for bytes', async () => {
    const stream = new PassThrough();
    const subscription = fromStream(stream, PCM).subscribe();
    await until(() => liveChildren() === 1);
    subscription.unsubscribe();
    expect(stream.destroyed).toBe(true);
    await expectNoChildren();
  });

  it('lets go of a stream that never came to be fed: nobody listens any more, or there is no ffmpeg', async () => {
    const [early, late, unfed] = [new PassThrough(), new PassThrough(), new PassThrough()];
    fromStream(early, PCM).subscribe().unsubscribe();
    let opened = false;
    const open = async (): Promise<PassThrough> => {
      await sleep(20);
      opened = true;
      return late;
    };
    fromStream(open, PCM).subscribe().unsubscribe();
    const { error } = await play(unfed, { ...PCM, ffmpegPath: '/no/such/ffmpeg' });
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
    await until(() => opened);
    await until(() => [early, late, unfed].every(({ destroyed }) => destroyed));
    expect(liveChildren()).toBe(0);
  });

  it('does not stumble over a program that ends before the stream does', async () => {
    const stream = new Readable({
      read() {
        this.push(noise(1000));
      },
    });
    const { values: samples, error } = await play(stream, { ...PCM, outputArgs: ['-t', '1'] });
    expect(error).toBeUndefined();
    expect(Math.abs(lengthMs(samples) - 1000)).toBeLessThan(60);
    expect(stream.destroyed).toBe(true);
  });

  it.each<[options: object, problem: string]>([
    [{ format: 's16le' }, 'options.sampleRate must be given for s16le, got undefined.'],
    [{ format: 's16le', sampleRate: 24_000 }, 'options.channels must be given for s16le'],
    [{ format: 's16le', sampleRate: 24_000.5, channels: 1 }, 'options.sampleRate must be'],
    [{ format: 'mp3', sampleRate: 48_000 }, 'options.sampleRate must be left out, unless format is one of raw PCM'],
    [{ channels: 2 }, 'options.channels must be left out'],
    [{ format: '' }, 'options.format must be the name of a format'],
    [{ audioBitrateKbps: 1 }, 'options.audioBitrateKbps must be'],
  ])('refuses %j', (options, problem) => {
    expect(() => fromStream(Readable.from([]), options)).toThrow(problem);
  });

  it('refuses what is no stream', () => {
    expect(() => fromStream('song.mp3' as never)).toThrow('stream must be a readable stream');
    expect(() => fromStream(undefined as never)).toThrow('stream must be a readable stream');
  });
});
