/**
 * A music bot, on the account of a user: `npm install && API_ID=… API_HASH=… npm start`, with the two from
 * https://my.telegram.org. It asks for the phone number once and keeps the session in `music-bot.session`.
 */
import { once } from 'node:events';
import { TelegramClient } from '@mtcute/node';
import { startMusicBot } from './music-bot.ts';

const { API_ID, API_HASH } = process.env;
if (!API_ID || !API_HASH) throw new Error('Set API_ID and API_HASH: https://my.telegram.org gives them.');

const tg = new TelegramClient({ apiId: Number(API_ID), apiHash: API_HASH, storage: 'music-bot.session' });
const self = await tg.start({
  phone: () => tg.input('Phone number: '),
  code: () => tg.input('Code: '),
  password: () => tg.input('Password: '),
});

{
  await using _bot = startMusicBot(tg);
  console.log(`${self.displayName} plays. Write /help in a chat of this account; Ctrl+C ends it.`);
  await once(process, 'SIGINT');
}
await tg.destroy();
