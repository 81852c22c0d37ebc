import { toBotApiId } from '../chat-id.ts';
import type { Signaling } from '../signaling.ts';
import { tlSignaling } from './tl-signaling.ts';

/** What is used of an mtcute client: `TelegramClient` of `@mtcute/node`, `@mtcute/bun`, `@mtcute/deno` or `@mtcute/core`. */
export interface MtcuteClient {
  call(request: never): Promise<unknown>;
  resolvePeer(peer: number | string): Promise<object>;
  handleClientUpdate(updates: never): void;
  readonly onRawUpdate: {
    add(listener: (info: { readonly update: object }) => void): void;
    remove(listener: (info: { readonly update: object }) => void): void;
  };
}

/**
 * Signaling by mtcute, with the session of a user: bots cannot join calls. The client must be started (`tg.start()`), so that
 * updates arrive.
 *
 * @example
 * const tg = new TelegramClient({ apiId, apiHash });
 * await tg.start({ … });
 * const client = createClient({ signaling: mtcute(tg) });
 * const call = await client.join('@my_group');
 */
export function mtcute(tg: MtcuteClient): Required<Signaling> {
  return tlSignaling({
    build: (name, members) => ({ ...members, _: name }),
    invoke: (request) => tg.call(request as never),
    resolve: (chat) => tg.resolvePeer(chat.type === 'name' ? chat.name : toBotApiId(chat.type, chat.id)),
    subscribe(listener) {
      const onUpdate = ({ update }: { readonly update: object }): void => listener(update);
      tg.onRawUpdate.add(onUpdate);
      return () => tg.onRawUpdate.remove(onUpdate);
    },
    absorb: (updates) => tg.handleClientUpdate(updates as never),
  });
}
