import { OptionError } from '../core/errors.ts';

/**
 * A chat, in any form a library may hold its id in: `-1001234567890n`, `-1001234567890` and `'-1001234567890'` are the
 * same chat. Ids are those of the Bot API: channels and supergroups begin with -100, basic groups are negative, users
 * positive. A user name is a chat too, `'@name'`, where a signaling can look it up.
 */
export type ChatId = bigint | number | string;

/** What a {@link ChatId} stands for; `id` is the bare, positive one of Telegram's schema. */
export type ChatReference =
  | { readonly type: 'user' | 'chat' | 'channel'; readonly id: number }
  | { readonly type: 'name'; readonly name: string };

/** Ids of channels and supergroups are marked by this offset. */
const CHANNEL_OFFSET = 1_000_000_000_000;

/**
 * Reads a chat's id in any form.
 *
 * @throws OptionError when it is none.
 * @example
 * parseChatId(-1001234567890n); // { type: 'channel', id: 1234567890 }
 * parseChatId('-4242'); // { type: 'chat', id: 4242 }, a basic group
 */
export function parseChatId(chatId: ChatId): ChatReference {
  if (typeof chatId === 'string' && !/^-?\d+$/.test(chatId)) {
    const name = /^@?([a-z]\w{1,31})$/i.exec(chatId)?.[1];
    return name ? { type: 'name', name: name.toLowerCase() } : refuse(chatId);
  }
  const id = Number(chatId);
  if (!Number.isSafeInteger(id) || id === 0 || id === -CHANNEL_OFFSET) return refuse(chatId);
  if (id > 0) return { type: 'user', id };
  return id < -CHANNEL_OFFSET ? { type: 'channel', id: -id - CHANNEL_OFFSET } : { type: 'chat', id: -id };
}

/** The Bot API id of a bare id of the schema, as in `peerChannel.channelId`. */
export function toBotApiId(type: 'user' | 'chat' | 'channel', id: number): number {
  if (type === 'user') return id;
  return type === 'chat' ? -id : -id - CHANNEL_OFFSET;
}

/**
 * One text for all forms of one chat's id, to be a key. A name and an id remain two keys: only Telegram knows that they are
 * the same chat.
 */
export function chatKey(chatId: ChatId): string {
  const chat = parseChatId(chatId);
  return chat.type === 'name' ? `@${chat.name}` : String(toBotApiId(chat.type, chat.id));
}

function refuse(chatId: ChatId): never {
  throw new OptionError('chatId', chatId, "a chat's id as in the Bot API, or its @name");
}
