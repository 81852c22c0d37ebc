import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Sample } from '../../src/core/sample.ts';
import { SampleQueue } from '../../src/core/sample-queue.ts';
import { createOggDemuxer } from '../../src/media/ogg-demuxer.ts';
import { createOggMuxer, type OggMuxerOptions } from '../../src/media/ogg-muxer.ts';
import { findOggPage, oggPageBytes, readOggPage, type OggPage, writeOggPage } from '../../src/media/ogg-page.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { collect, sleep } from '../ffmpeg/processes.ts';

/** There is no such program, so that whatever plays has played without it. */
const NO_FFMPEG = { ffmpegPath: '/no/such/ffmpeg' };

/** First bytes of Opus packets of one CELT frame (RFC 6716, section 3.1), by milliseconds. */
const TOC = { 2.5: 0xe0, 10: 0xf0, 20: 0xf8, 60: 0x18 } as const;

/** A packet that tells its number. */
function packet(number: number, bytes = 40, toc: number = TOC[20]): Uint8Array {
  const data = new Uint8Array(bytes).fill(number & 0xff);
  new DataView(data.buffer).setUint32(1, number);
  data[0] = toc;
  return data;
}

const numberOf = ({ data }: Sample): number => new DataView(data.buffer, data.byteOffset).getUint32(1);

function ogg(packets: readonly Uint8Array[], options: Partial<OggMuxerOptions> = {}): Buffer {
  const pages: Uint8Array[] = [];
  const muxer = createOggMuxer({ onPage: (page) => pages.push(page), ...options });
  for (const data of packets) muxer.write(data);
  muxer.end();
  return Buffer.concat(pages);
}

function packets(count: number, bytes?: number, from = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => packet(from + index, bytes));
}

function pagesOf(bytes: Uint8Array): OggPage[] {
  const pages: OggPage[] = [];
  for (let at = findOggPage(bytes, 0); at < bytes.length;) {
    const page = readOggPage(bytes, at) as OggPage;
    pages.push(page);
    at += oggPageBytes(page);
  }
  return pages;
}

describe('fromFile, of Ogg/Opus, without ffmpeg', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'rxcall-ogg-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  function save(name: string, bytes: Uint8Array): string {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  }

  async function play(path: string, startMs = 0): Promise<Sample[]> {
    const { values, error } = await collect(fromFile(path, { startMs, ...NO_FFMPEG }));
    if (error) throw error as Error;
    return values;
  }

  it('sends every packet as it is', async () => {
    const path = save('plain.opus', ogg(packets(1000)));
    const samples = await play(path);
    expect(samples.map(numberOf)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(samples.map(({ ptsUs }) => ptsUs)).toEqual(Array.from({ length: 1000 }, (_, index) => index * 20_000));
    expect(samples[7]).toMatchObject({
      kind: 'audio',
      codec: 'opus',
      durationUs: 20_000,
      keyframe: true,
    });
    expect(Uint8Array.from(samples[7]!.data)).toEqual(packet(7));
    expect(new Set(samples.map(({ segment }) => segment)).size).toBe(1);
  });

  it('emits asynchronously', async () => {
    const path = save('async.opus', ogg(packets(5)));
    let seen = 0;
    const subscription = fromFile(path, NO_FFMPEG).subscribe(() => seen++);
    expect(seen).toBe(0);
    subscription.unsubscribe();
    await sleep(50);
    expect(seen).toBe(0);
  });

  const layouts: [string, Uint8Array[], Partial<OggMuxerOptions>][] = [
    ['pages of a second', packets(20_000), {}],
    ['a packet a page', packets(5000), { pageDurationUs: 20_000 }],
    ['packets over several pages', packets(3000, 1270), { pageDurationUs: 60_000_000 }],
    ['packets larger than pages', packets(40, 100_000), { pageDurationUs: 60_000_000 }],
    ['a file smaller than one read', packets(60), {}],
  ];

  it.each(layouts)('begins with the packet that contains the start: %s', async (name, all, options) => {
    const path = save(`${name}.opus`, ogg(all, options));
    const lengthMs = all.length * 20;
    const starts = [0, 1, 19.9, 20, 333, lengthMs / 3, lengthMs / 2 + 7, lengthMs - 500, lengthMs - 1];
    for (const startMs of starts) {
      const samples = await play(path, startMs);
      const first = Math.floor(startMs / 20);
      expect([startMs, numberOf(samples[0]!), samples[0]!.ptsUs]).toEqual([startMs, first, first * 20_000]);
      expect(samples).toHaveLength(all.length - first);
      expect(numberOf(samples.at(-1)!)).toBe(all.length - 1);
      expect(samples.at(-1)!.ptsUs).toBe((all.length - 1) * 20_000);
    }
    for (const startMs of [lengthMs, lengthMs + 1, 1e9]) expect(await play(path, startMs)).toEqual([]);
  });

  it('lets packets of other durations be', async () => {
    const all = Array.from({ length: 900 }, (_, index) =>
      packet(index, 30, [TOC[2.5], TOC[10], TOC[20], TOC[60]][index % 4]),
    );
    const path = save('mixed.opus', ogg(all));
    const samples = await play(path);
    expect(samples.slice(0, 5).map(({ ptsUs }) => ptsUs)).toEqual([0, 2500, 12_500, 32_500, 92_500]);
    for (const startMs of [50, 10_000, 20_700]) {
      const [first] = await play(path, startMs);
      expect(first!.ptsUs).toBeLessThanOrEqual(startMs * 1000);
      expect(first!.ptsUs + first!.durationUs).toBeGreaterThan(startMs * 1000);
      expect(numberOf(first!)).toBe(numberOf(samples.find(({ ptsUs }) => ptsUs === first!.ptsUs)!));
    }
  });

  it('counts the position of what was captured in the middle of a broadcast from where it begins', async () => {
    const [head, tags, ...rest] = pagesOf(ogg(packets(2000)));
    const path = save('captured.opus', Buffer.concat([head!, tags!, ...rest.slice(10)].map(writeOggPage)));
    const samples = await play(path);
    expect(samples[0]!.ptsUs).toBe(0);
    const number = numberOf(samples[0]!);
    expect(number).toBeGreaterThan(400);
    const [landed] = await play(path, 15_010);
    expect([numberOf(landed!), landed!.ptsUs]).toEqual([number + 750, 15_000_000]);
  });

  it('goes on in time from link to link of a chain', async () => {
    const links = [
      ogg(packets(700), { serial: 1 }),
      ogg(packets(5000, 40, 700), { serial: 2 }),
      ogg(packets(60, 40, 5700), { serial: 3 }),
    ];
    const path = save('chain.opus', Buffer.concat(links));
    const samples = await play(path);
    expect(samples.map(numberOf)).toEqual(Array.from({ length: 5760 }, (_, index) => index));
    expect(samples.at(-1)!.ptsUs).toBe(5759 * 20_000);
    for (const startMs of [13_999, 14_000, 14_001, 60_010, 113_980, 114_000, 115_190]) {
      const found = await play(path, startMs);
      const first = Math.floor(startMs / 20);
      expect([startMs, numberOf(found[0]!), found[0]!.ptsUs]).toEqual([startMs, first, first * 20_000]);
      expect(found).toHaveLength(5760 - first);
    }
    expect(await play(path, 115_200)).toEqual([]);
  });

  it('passes over damage', async () => {
    const bytes = ogg(packets(1000));
    bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 100);
    const samples = await play(save('damaged.opus', bytes));
    expect(samples.length).toBeGreaterThan(850);
    expect(numberOf(samples.at(-1)!)).toBe(999);
    expect(samples.at(-1)!.ptsUs).toBe(999 * 20_000);
    const landed = await play(join(folder, 'damaged.opus'), 15_000);
    expect([numberOf(landed[0]!), landed[0]!.ptsUs]).toEqual([750, 15_000_000]);
  });

  it('plays a file that was cut off to where it goes', async () => {
    const bytes = ogg(packets(1000));
    const samples = await play(save('cut.opus', bytes.subarray(0, bytes.length - 1000)));
    expect(samples.length).toBeGreaterThan(900);
  });

  it('hands on about a fifth of a second ahead, and goes on when there is room', async () => {
    const path = save('long.opus', ogg(packets(100_000, 300)));
    const queue = new SampleQueue();
    const subscription = fromFile(path, NO_FFMPEG).subscribe((sample) => queue.push(sample));
    await sleep(300);
    expect(queue.length).toBeGreaterThanOrEqual(8);
    expect(queue.length).toBeLessThanOrEqual(13);
    let next = 0;
    while (next < 20_000) {
      const sample = queue.shift();
      if (sample) expect(numberOf(sample)).toBe(next++);
      else await sleep(1);
    }
    subscription.unsubscribe();
    queue.clear();
  });

  it('does not hand on the same amount each time, or all that begin together would read on together', async () => {
    const path = save('alike.opus', ogg(packets(1000)));
    const queues = Array.from({ length: 12 }, () => new SampleQueue());
    const subscriptions = queues.map((queue) => fromFile(path, NO_FFMPEG).subscribe((sample) => queue.push(sample)));
    await vi.waitFor(() => {
      for (const { length } of queues) expect(length).toBeGreaterThan(0);
    });
    expect(new Set(queues.map(({ length }) => length)).size).toBeGreaterThan(1);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  describe('asks ffmpeg when it has to be encoded:', () => {
    const needsFfmpeg = async (path: string, options = {}): Promise<void> => {
      const { values, error } = await collect(fromFile(path, { ...NO_FFMPEG, ...options }));
      expect(error).toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
      expect(values).toEqual([]);
    };
    /** Changes the header of a file. */
    function changeHead(bytes: Uint8Array, change: (head: DataView) => void): Buffer {
      const [head, ...rest] = pagesOf(bytes);
      const body = Uint8Array.from(head!.body);
      change(new DataView(body.buffer));
      return Buffer.concat([{ ...head!, body }, ...rest].map(writeOggPage));
    }

    it('because it was asked to', async () => {
      const path = save('asked.opus', ogg(packets(100)));
      for (const options of [{ passthrough: false }, { audioBitrateKbps: 64 }, { audioChannels: 1 }]) {
        await needsFfmpeg(path, options);
      }
      const { values } = await collect(fromFile(path, { ...NO_FFMPEG, audioBitrateKbps: 64, passthrough: true }));
      expect(values).toHaveLength(100);
    });

    it('because a gain has to be applied', async () => {
      await needsFfmpeg(
        save(
          'gain.opus',
          changeHead(ogg(packets(100)), (head) => head.setInt16(16, -1000, true)),
        ),
      );
    });

    it('because something runs beside it', async () => {
      const [head, ...rest] = pagesOf(ogg(packets(100), { serial: 1 }));
      const other = { ...head!, serial: 2, body: Buffer.from('\x80theora, or so') };
      const lacing = Uint8Array.of(other.body.length);
      await needsFfmpeg(save('film.ogv', Buffer.concat([head!, { ...other, lacing }, ...rest].map(writeOggPage))));
    });

    it('because it is surround', async () => {
      const [head, ...rest] = pagesOf(ogg(packets(100)));
      const body = new Uint8Array(21 + 6);
      body.set(head!.body);
      body.set([6], 9);
      body.set([1, 4, 2, 0, 4, 1, 2, 3, 5], 18);
      const page = { ...head!, body, lacing: Uint8Array.of(body.length) };
      await needsFfmpeg(save('surround.opus', Buffer.concat([page, ...rest].map(writeOggPage))));
    });

    it('because one link of the chain is not like the others', async () => {
      const gain = changeHead(ogg(packets(50), { serial: 2 }), (head) => head.setInt16(16, 256, true));
      await needsFfmpeg(
        save('odd.opus', Buffer.concat([ogg(packets(50), { serial: 1 }), gain, ogg(packets(50), { serial: 3 })])),
      );
    });

    it('because it only begins like Ogg', async () => {
      await needsFfmpeg(save('oggs.mp3', Buffer.from('OggS but no more than that')));
      await needsFfmpeg(
        save(
          'headers-only.opus',
          Buffer.concat(
            pagesOf(ogg(packets(1)))
              .slice(0, 2)
              .map(writeOggPage),
          ),
        ),
      );
      await needsFfmpeg(save('tiny', Buffer.from('O')));
    });
  });

  it('has the packets of the bundled sample, as the demultiplexer sees them', async () => {
    const sample = new URL('../../assets/sample.opus', import.meta.url);
    const expected: Sample[] = [];
    const demuxer = createOggDemuxer({ onSample: (one) => expected.push(one) });
    demuxer.push(readFileSync(sample));
    demuxer.end();
    const { values } = await collect(fromFile(fileURLToPath(sample), NO_FFMPEG));
    const content = ({ ptsUs, data }: Sample): unknown[] => [ptsUs, Buffer.from(data).toString('base64')];
    expect(values.map(content)).toEqual(expected.map(content));
    expect(values.length).toBeGreaterThan(500);
  });
});
