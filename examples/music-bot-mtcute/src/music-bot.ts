import type { Message, TelegramClient } from '@mtcute/node';
import { createClient, type ClientOptions } from 'rxcall';
import { mtcute } from 'rxcall/mtcute';
import { createJukebox } from 'rxcall-jukebox';

/** Plays music into the calls of the chats in which somebody asks for it. Ends with `await using`. */
export function startMusicBot(tg: TelegramClient, options: ClientOptions = {}): AsyncDisposable {
  const client = createClient({ ...options, signaling: mtcute(tg) });
  const jukebox = createJukebox(client);

  async function answer(message: Message): Promise<void> {
    const reply = await jukebox.handle(message.chat.id, message.text);
    if (reply !== undefined) await tg.sendText(message.chat.id, reply, { replyTo: message });
  }
  const listener = (message: Message): void => void answer(message).catch(console.error);

  tg.onNewMessage.add(listener);
  return {
    async [Symbol.asyncDispose]() {
      tg.onNewMessage.remove(listener);
      await client.close();
    },
  };
}
