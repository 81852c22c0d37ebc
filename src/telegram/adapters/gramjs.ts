import { OptionError } from '../../core/errors.ts';
import type { ChatReference } from '../chat-id.ts';
import { SignalingError } from '../signaling-error.ts';
import type { Signaling } from '../signaling.ts';
import type { TlMembers } from './tl-port.ts';
import { tlSignaling } from './tl-signaling.ts';

/** What is used of a GramJS client, `TelegramClient` of `telegram`. */
export interface GramjsClient {
  invoke(request: never): Promise<unknown>;
  getInputEntity(peer: never): Promise<object>;
  addEventHandler(callback: (update: unknown) => void): void;
  removeEventHandler(callback: (update: unknown) => void, event: never): void;
}

type TlClass = new (members: never) => object;

/** What is used of GramJS's `Api`. */
export interface GramjsApi {
  readonly phone: { readonly JoinGroupCall: TlClass };
  readonly DataJSON: TlClass;
}

/**
 * Signaling by GramJS, with the session of a user: bots cannot join calls. GramJS makes requests out of its own classes, so it
 * takes `Api` beside the client.
 *
 * @example
 * import { Api, TelegramClient } from 'telegram';
 * const tg = new TelegramClient(session, apiId, apiHash, {});
 * await tg.start({ … });
 * const client = createClient({ signaling: gramjs(tg, Api) });
 * const call = await client.join('@my_group');
 */
export function gramjs(tg: GramjsClient, api: GramjsApi): Required<Signaling> {
  const build = (name: string, members: TlMembers = {}): object => new (classOf(api, name))(members as never);

  async function resolve(chat: ChatReference): Promise<object> {
    // By themselves these need no look-up, and GramJS takes the id of a large basic group for a channel's.
    if (chat.type === 'chat') return build('inputPeerChat', { chatId: chat.id });
    const peer = peerOf(chat);
    try {
      return await tg.getInputEntity(peer as never);
    } catch (error) {
      const name = chat.type === 'name' ? `@${chat.name}` : `${chat.type} ${chat.id}`;
      const message = `GramJS does not know ${name}: call client.getDialogs() once after connecting, or use its @name.`;
      throw new SignalingError(message, { cause: error, retryable: false });
    }
  }

  function peerOf(chat: Exclude<ChatReference, { type: 'chat' }>): unknown {
    if (chat.type === 'name') return chat.name;
    return chat.type === 'user' ? build('peerUser', { userId: chat.id }) : build('peerChannel', { channelId: chat.id });
  }

  return tlSignaling({
    build,
    invoke: (request) => tg.invoke(request as never),
    resolve,
    subscribe(listener) {
      const onUpdate = (update: unknown): void => listener(update);
      tg.addEventHandler(onUpdate);
      // GramJS keeps those handlers whose event and callback both differ: without an event, all but this one.
      return () => tg.removeEventHandler(onUpdate, undefined as never);
    },
  });
}

/** `phone.joinGroupCall` is `Api.phone.JoinGroupCall`. */
function classOf(api: GramjsApi, name: string): TlClass {
  const path = name.split('.').map((part, index, parts) => (index < parts.length - 1 ? part : capitalized(part)));
  const found = path.reduce<unknown>((holder, part) => (holder as Record<string, unknown> | undefined)?.[part], api);
  if (typeof found !== 'function')
    throw new OptionError('Api', path.join('.'), 'the Api of GramJS, which has this class');
  return found as TlClass;
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
