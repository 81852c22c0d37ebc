import type { ChatReference } from '../chat-id.ts';

/** Members of a TL object, by their camel-case names. */
export type TlMembers = Readonly<Record<string, unknown>>;

/** What the adapters need of a library with raw access to Telegram's schema. */
export interface TlPort {
  /** Makes an object or a request of the schema, by its name as in `inputPeerSelf` or `phone.joinGroupCall`. */
  build(name: string, members?: TlMembers): object;
  invoke(request: object): Promise<unknown>;
  /** The `InputPeer` of a chat. */
  resolve(chat: ChatReference): Promise<object>;
  /** Tells every raw `Update`. Returns what ends it. */
  subscribe(listener: (update: unknown) => void): () => void;
  /** Gives the library the `Updates` that a request returned, for its own order of updates. */
  absorb?(updates: unknown): void;
}
