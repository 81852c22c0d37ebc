import { createClient, type ClientOptions } from 'rxcall';
import { gramjs } from 'rxcall/gramjs';
import { createJukebox } from 'rxcall-jukebox';
import { Api, type TelegramClient } from 'telegram';
import { NewMessage, type NewMessageEvent } from 'telegram/events/index.js';

/** Plays music into the calls of the chats in which somebody asks for it. Ends with `await using`. */
export function startMusicBot(tg: TelegramClient, options: ClientOptions = {}): AsyncDisposable {
  const client = createClient({ ...options, signaling: gramjs(tg, Api) });
  const jukebox = createJukebox(client);

  async function answer({ chatId, message }: NewMessageEvent): Promise<void> {
    if (!chatId) return;
    const reply = await jukebox.handle(BigInt(chatId.toString()), message.text);
    if (reply !== undefined) await tg.sendMessage(chatId, { message: reply, replyTo: message.id });
  }
  const listener = (event: NewMessageEvent): void => void answer(event).catch(console.error);
  const messages = new NewMessage({});

  tg.addEventHandler(listener, messages);
  return {
    async [Symbol.asyncDispose]() {
      tg.removeEventHandler(listener, messages);
      await client.close();
    },
  };
}
