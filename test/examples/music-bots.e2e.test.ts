import type { TelegramClient as MtcuteClient } from '@mtcute/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMusicBot as startGramjsBot } from '../../examples/music-bot-gramjs/src/music-bot.ts';
import { startMusicBot as startMtcuteBot } from '../../examples/music-bot-mtcute/src/music-bot.ts';
import type { ClientOptions } from '../../src/index.ts';
import { createConference } from '../../src/testing/index.ts';
import { createMediaFolder, LOOPBACK_TRANSPORT, type MediaFolder, tone } from '../e2e/stage.ts';
import { gramjsRig } from '../telegram/adapters/gramjs-rig.ts';
import { mtcuteRig } from '../telegram/adapters/mtcute-rig.ts';
import { SUPERGROUP_CHAT, type Tl } from '../telegram/adapters/scripted-telegram.ts';
import { ChattyTelegram } from './chatty-telegram.ts';

interface Running {
  push(updates: Tl): void;
  close(): Promise<void>;
}

const BOTS: [string, (server: ChattyTelegram, options: ClientOptions) => Promise<Running>][] = [
  [
    'mtcute',
    async (server, options) => {
      const { tg, meet, push, destroy } = await mtcuteRig(server);
      await meet({ ...server.updates(), chats: [SUPERGROUP_CHAT] });
      return running(startMtcuteBot(tg as MtcuteClient, options), push, destroy);
    },
  ],
  [
    'GramJS',
    async (server, options) => {
      const { tg, meet, push, destroy } = gramjsRig(server);
      await meet({ ...server.updates(), chats: [SUPERGROUP_CHAT] });
      return running(startGramjsBot(tg, options), push, destroy);
    },
  ],
];

function running(bot: AsyncDisposable, push: Running['push'], destroy: () => Promise<void>): Running {
  return {
    push,
    async close() {
      await bot[Symbol.asyncDispose]();
      await destroy();
    },
  };
}

let media: MediaFolder;
let song: string;
let film: string;

beforeAll(() => {
  media = createMediaFolder();
  song = media.make('song.mp3', ...tone(440, 90), '-b:a', '64k');
  film = media.make('film.mp4', '-f', 'lavfi', '-i', 'testsrc=size=320x180:duration=30', ...tone(880, 30));
});
afterAll(() => media[Symbol.dispose]());

/** Everything is real but Telegram's two servers: a scripted one has the chat, the loopback conference the call. */
describe.each(BOTS)('the music bot with %s', (_library, start) => {
  it('plays, queues, pauses, seeks, turns down, skips, shows a film and leaves', async () => {
    await using conference = await createConference();
    const server = new ChattyTelegram();
    server.conference = conference;
    const bot = await start(server, { transport: LOOPBACK_TRANSPORT });

    /** Writes to the group, and returns the answer. */
    async function say(text: string): Promise<string> {
      const known = server.replies.length;
      bot.push(server.says(text));
      await expect.poll(() => server.replies.length, { timeout: 15_000 }).toBe(known + 1);
      return server.replies.at(-1)!;
    }
    const heard = (): number => conference.participants[0]?.measure().packets ?? 0;

    expect(await say('/now')).toBe('Nothing plays: /play something.');
    expect(await say(`/play ${song}`)).toMatch(/^▶ song\.mp3\n0:00 ●─+ 1:30$/);
    await expect.poll(heard, { timeout: 15_000 }).toBeGreaterThan(20);
    expect(await say(`/video ${film}`)).toBe('1. film.mp4');
    expect(await say('/queue')).toBe('1. film.mp4');
    expect(await say('/seek 1:00')).toMatch(/^▶ song\.mp3\n1:0\d ━{9}●─{4} 1:30$/);
    expect(await say('/seek -30')).toMatch(/\n0:[34]\d ━+●─+ 1:30$/);
    expect(await say('/pause')).toMatch(/^⏸ song\.mp3/);
    expect(await say('/resume')).toMatch(/^▶ song\.mp3/);
    expect(await say('/volume 50')).toBe('Volume 50 %.');
    await expect.poll(() => server.self?.volume).toBe(5000);
    expect(await say('/volume loud')).toContain('/volume 0 to 200');
    expect(await say(`/play ${media.path('nothing.mp3')}`)).toBe('2. nothing.mp3');
    expect(await say('/skip')).toMatch(/^▶ film\.mp4/);
    await expect.poll(() => conference.participants[0]!.measure('video').packets).toBeGreaterThan(5);
    expect(await say('/skip')).toMatch(/^✗ nothing\.mp3: .*nothing\.mp3.*\nThe queue is empty\.$/s);
    bot.push(server.says('what a song'));
    expect(await say('/leave')).toBe('Good bye.');
    await expect.poll(() => server.self).toBeUndefined();
    expect(await say('/now')).toBe('Nothing plays: /play something.');
    await bot.close();
  });

  it('goes on with the next track by itself', async () => {
    await using conference = await createConference();
    const server = new ChattyTelegram();
    server.conference = conference;
    const bot = await start(server, { transport: LOOPBACK_TRANSPORT });
    const short = media.make('short.mp3', ...tone(440, 1), '-b:a', '64k');
    bot.push(server.says(`/play ${short}`));
    await expect.poll(() => server.replies.length, { timeout: 15_000 }).toBe(1);
    bot.push(server.says(`/play ${song}`));
    await expect.poll(() => server.replies.length, { timeout: 15_000 }).toBe(2);
    await expect.poll(() => conference.participants[0]!.measure().packets, { timeout: 15_000 }).toBeGreaterThan(75);
    bot.push(server.says('/now'));
    await expect.poll(() => server.replies.at(-1)).toMatch(/^▶ song\.mp3/);
    await bot.close();
  });
});
