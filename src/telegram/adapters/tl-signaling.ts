import { OptionError } from '../../core/errors.ts';
import { chatKey, parseChatId, type ChatId } from '../chat-id.ts';
import { readSignalingUpdate, type SignalingUpdate } from '../self-participant.ts';
import { SignalingError } from '../signaling-error.ts';
import type { Signaling } from '../signaling.ts';
import { isTl, tlId, tlMember, tlVector, type TlObject } from '../tl-object.ts';
import { findCall } from './find-call.ts';
import type { TlPort } from './tl-port.ts';

/** A call that we are in, or about to be. */
interface KnownCall {
  readonly call: TlObject;
  /** Who we are in it, an `InputPeer`. */
  readonly joinAs: object;
  version: number;
}

/** Who listens to a chat, and what ends the subscription that feeds them. */
interface Watch {
  readonly listeners: Set<(update: SignalingUpdate) => void>;
  readonly unsubscribe: () => void;
}

/** Signaling over a library with raw access to Telegram's schema: all that differs between such libraries is in the port. */
export function tlSignaling(port: TlPort): Required<Signaling> {
  const known = new Map<string, KnownCall>();
  const watches = new Map<string, Watch>();

  /** Asks for `Updates`, and reads them as if they had come by themselves: what they say of us is said nowhere else. */
  async function change(key: string, request: object): Promise<object> {
    const updates = await port.invoke(request);
    if (typeof updates !== 'object' || updates === null) throw new SignalingError('Telegram returned no updates.');
    port.absorb?.(updates);
    const inside = isTl(updates, 'updateShort')
      ? [tlMember(updates, 'update')]
      : tlVector(updates as TlObject, 'updates');
    for (const update of inside) read(key, update);
    return updates;
  }

  function read(key: string, update: unknown): void {
    const record = known.get(key);
    if (!record) return;
    const told = readSignalingUpdate(update, { callId: tlId(record.call, 'id'), version: record.version });
    if (isTl(update, 'updateGroupCallParticipants') && told.length > 0) {
      record.version = Math.max(record.version, Number(tlMember(update, 'version') ?? 0));
    }
    for (const listener of [...(watches.get(key)?.listeners ?? [])]) told.forEach(listener);
  }

  /** The `InputPeer` of a chat that can have a call. */
  async function resolve(chatId: ChatId): Promise<object> {
    const chat = parseChatId(chatId);
    if (chat.type === 'user') throw new OptionError('chatId', chatId, 'a group or a channel');
    return port.resolve(chat);
  }

  /** The call we are in, or the one we would be in if this process had not been restarted meanwhile. */
  async function knownOrFound(chatId: ChatId): Promise<Pick<KnownCall, 'call' | 'joinAs'>> {
    const key = chatKey(chatId);
    const record = known.get(key);
    if (record) return record;
    const found = await findCall(port, { peer: await resolve(chatId), name: key, create: false });
    if (!found) throw noCall(key);
    return { call: found.call, joinAs: port.build('inputPeerSelf') };
  }

  return {
    async join(chatId, payload, request) {
      const { muted = false, videoStopped = true, inviteHash, create = true, title } = request;
      const key = chatKey(chatId);
      const found = await findCall(port, { peer: await resolve(chatId), name: key, create, title });
      if (!found) throw noCall(key);
      const joinAs =
        request.joinAs === undefined ? port.build('inputPeerSelf') : await port.resolve(parseChatId(request.joinAs));
      known.set(key, { ...found, joinAs });
      const params = port.build('dataJSON', { data: payload });
      const members = { muted, videoStopped, call: found.call, joinAs, inviteHash, params };
      return change(key, port.build('phone.joinGroupCall', members));
    },

    async leave(chatId, source) {
      const key = chatKey(chatId);
      const record = await knownOrFound(chatId);
      await change(key, port.build('phone.leaveGroupCall', { call: record.call, source }));
      if (known.get(key) === record) known.delete(key);
    },

    async joinPresentation(chatId, payload) {
      const { call } = await knownOrFound(chatId);
      const params = port.build('dataJSON', { data: payload });
      return change(chatKey(chatId), port.build('phone.joinGroupCallPresentation', { call, params }));
    },

    async leavePresentation(chatId) {
      const { call } = await knownOrFound(chatId);
      await change(chatKey(chatId), port.build('phone.leaveGroupCallPresentation', { call }));
    },

    async check(chatId, sources) {
      const { call } = await knownOrFound(chatId);
      const present = await port.invoke(port.build('phone.checkGroupCall', { call, sources: [...sources] }));
      return Array.isArray(present) ? present.map(Number) : [];
    },

    async edit(chatId, flags) {
      const { call, joinAs } = await knownOrFound(chatId);
      const members = { call, participant: joinAs, ...flags };
      await change(chatKey(chatId), port.build('phone.editGroupCallParticipant', members));
    },

    watch(chatId, listener) {
      const key = chatKey(chatId);
      const watch = watches.get(key) ?? {
        listeners: new Set(),
        unsubscribe: port.subscribe((update) => read(key, update)),
      };
      watches.set(key, watch);
      // A function of its own, lest the same listener twice be one.
      const own = (update: SignalingUpdate): void => listener(update);
      watch.listeners.add(own);
      return () => {
        watch.listeners.delete(own);
        if (watch.listeners.size > 0 || watches.get(key) !== watch) return;
        watches.delete(key);
        watch.unsubscribe();
      };
    },
  };
}

function noCall(name: string): SignalingError {
  const message = `There is no call in chat ${name}: an admin has to start one, or join does it (create).`;
  return new SignalingError(message, { reason: 'GROUPCALL_INVALID' });
}
