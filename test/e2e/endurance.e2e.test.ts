import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { createConference, expectNoLeaks } from '../../src/testing/index.ts';
import { memoryInUse, MIB } from '../memory-in-use.ts';
import { createMediaFolder, LOOPBACK_TRANSPORT, type MediaFolder, openStage, tone } from './stage.ts';

const PLAYS = 1000;
/** Some of them by ffmpeg; the others pass through. */
const ENCODED_EVERY = 100;
const CALLS = 200;
/** Some of them connect. */
const CONNECTED_EVERY = 10;

/** Open files and sockets; 0 where there is no procfs. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

describe('what goes on for long', () => {
  let media: MediaFolder;
  let song: string;
  let encoded: string;

  beforeAll(() => {
    media = createMediaFolder();
    song = media.make('song.ogg', ...tone(440, 5), '-c:a', 'libopus', '-page_duration', '20000');
    encoded = media.make('song.mp3', ...tone(440, 5));
  });
  afterAll(() => media[Symbol.dispose]());

  it(`${PLAYS} plays on one call end with the memory and the descriptors of the first ones`, async () => {
    await expectNoLeaks(async () => {
      await using stage = await openStage();
      const { call } = stage;
      const play = (n: number): Promise<void> => call.play(fromFile(n % ENCODED_EVERY === 1 ? encoded : song));
      for (let n = 0; n < 50; n++) await play(n);
      call.stop();
      const before = { bytes: await memoryInUse(), descriptors: openDescriptors() };
      const ended: string[] = [];
      call.playback$.subscribe((event) => event.type === 'ended' && ended.push(event.reason));
      for (let n = 0; n < PLAYS; n++) await play(n);
      call.stop();
      await expect.poll(openDescriptors, { timeout: 5000 }).toBeLessThanOrEqual(before.descriptors);
      expect(ended).toHaveLength(PLAYS);
      expect(new Set(ended)).toEqual(new Set(['replaced', 'stopped']));
      stage.participant.reset(); // what the conference has recorded
      expect((await memoryInUse()) - before.bytes).toBeLessThan(8 * MIB);
      expect(call.status).toBe('connected');
    });
  });

  it(`${CALLS} calls leave nothing when they are closed`, async () => {
    const run = async (count: number): Promise<void> => {
      await using conference = await createConference();
      const client = createClient({ requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
      for (let n = 0; n < count; n++) {
        const call = await client.createCall(n + 1);
        if (n % CONNECTED_EVERY === 0) {
          await call.connect(await conference.join(call.joinPayload));
          await call.play(fromFile(song));
        }
        await call.close();
      }
      expect(client.calls).toEqual([]);
      await client.close();
    };
    await run(20);
    const before = { bytes: await memoryInUse(), descriptors: openDescriptors() };
    await expectNoLeaks(() => run(CALLS));
    expect((await memoryInUse()) - before.bytes).toBeLessThan(8 * MIB);
    expect(openDescriptors()).toBeLessThanOrEqual(before.descriptors);
  });
});
