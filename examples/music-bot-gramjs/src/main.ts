/**
 * A music bot, on the account of a user: `npm install && API_ID=… API_HASH=… npm start`, with the two from
 * https://my.telegram.org. It asks for the phone number once and keeps the session in the folder `music-bot`.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { TelegramClient } from 'telegram';
import { StoreSession } from 'telegram/sessions/index.js';
import { startMusicBot } from './music-bot.ts';

const { API_ID, API_HASH } = process.env;
if (!API_ID || !API_HASH) throw new Error('Set API_ID and API_HASH: https://my.telegram.org gives them.');

const terminal = createInterface({ input: process.stdin, output: process.stdout });
const tg = new TelegramClient(new StoreSession('music-bot'), Number(API_ID), API_HASH, {});
await tg.start({
  phoneNumber: () => terminal.question('Phone number: '),
  phoneCode: () => terminal.question('Code: '),
  password: () => terminal.question('Password: '),
  onError: console.error,
});
terminal.close();
await tg.getDialogs({}); // so that it knows the chats of this account by their ids

{
  await using _bot = startMusicBot(tg);
  console.log('It plays. Write /help in a chat of this account; Ctrl+C ends it.');
  await once(process, 'SIGINT');
}
await tg.destroy();
