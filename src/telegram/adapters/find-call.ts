import { CallError, OptionError } from '../../core/errors.ts';
import { isCallOverError } from '../rpc-error.ts';
import { SignalingError } from '../signaling-error.ts';
import { isTl, tlFlag, tlMember, tlVector, type TlObject } from '../tl-object.ts';
import type { TlMembers, TlPort } from './tl-port.ts';

export interface FindCallOptions {
  /** The chat's `InputPeer`. */
  peer: object;
  /** For messages. */
  name: string;
  /** Start a call when there is none. */
  create: boolean;
  title?: string | undefined;
}

/** A call that can be joined. */
export interface FoundCall {
  /** `inputGroupCall`. */
  readonly call: TlObject;
  /** The number of its newest change. */
  readonly version: number;
}

/**
 * Finds the call of a chat, or starts one. Undefined when there is none and none shall be started.
 *
 * @throws CallError `ERR_CALL_MODE` for a call that one person streams by RTMP.
 * @throws SignalingError for a call that has been scheduled and not begun.
 */
export async function findCall(port: TlPort, options: FindCallOptions): Promise<FoundCall | undefined> {
  const present = await presentCall(port, options);
  const found = present && (await describe(port, present, options.name));
  if (found || !options.create) return found;
  const { peer, title } = options;
  const updates = await port.invoke(
    port.build('phone.createGroupCall', { peer, title, randomId: 1 + Math.floor(Math.random() * (2 ** 31 - 1)) }),
  );
  port.absorb?.(updates);
  const created = createdCall(updates);
  if (!created) throw new SignalingError(`Telegram started a call in chat ${options.name} without saying which.`);
  const call = port.build('inputGroupCall', pick(created, 'id', 'accessHash')) as TlObject;
  return { call, version: versionOf(created) };
}

/** `inputGroupCall` out of the full description of the chat. */
async function presentCall(port: TlPort, { peer, name }: FindCallOptions): Promise<TlObject | undefined> {
  const full = await port.invoke(fullRequest(port, peer, name));
  const chat = isTl(full, 'messages.chatFull') ? tlMember(full, 'fullChat') : undefined;
  const call = isTl(chat, 'channelFull') || isTl(chat, 'chatFull') ? tlMember(chat, 'call') : undefined;
  return isTl(call, 'inputGroupCall') ? call : undefined;
}

function fullRequest(port: TlPort, peer: object, name: string): object {
  if (isTl(peer, 'inputPeerChat')) return port.build('messages.getFullChat', pick(peer, 'chatId'));
  if (isTl(peer, 'inputPeerChannel')) {
    const channel = port.build('inputChannel', pick(peer, 'channelId', 'accessHash'));
    return port.build('channels.getFullChannel', { channel });
  }
  if (isTl(peer, 'inputPeerChannelFromMessage')) {
    const channel = port.build('inputChannelFromMessage', pick(peer, 'peer', 'msgId', 'channelId'));
    return port.build('channels.getFullChannel', { channel });
  }
  throw new OptionError('chatId', name, 'a group or a channel');
}

/** What the call is; undefined when it is over, which the description of a chat may not know yet. */
async function describe(port: TlPort, call: TlObject, name: string): Promise<FoundCall | undefined> {
  const described = await port.invoke(port.build('phone.getGroupCall', { call, limit: 1 })).catch((error: unknown) => {
    if (isCallOverError(error)) return undefined;
    throw error;
  });
  const info = isTl(described, 'phone.groupCall') ? tlMember(described, 'call') : undefined;
  if (!isTl(info, 'groupCall')) return undefined;
  if (tlFlag(info, 'rtmpStream')) {
    throw new CallError('ERR_CALL_MODE', `In chat ${name} one person streams by RTMP: make an RTMP call instead.`);
  }
  const scheduled = tlMember(info, 'scheduleDate');
  if (typeof scheduled === 'number') {
    const date = new Date(scheduled * 1000).toISOString();
    throw new SignalingError(
      `The call of chat ${name} begins at ${date}: start it first (phone.startScheduledGroupCall).`,
    );
  }
  return { call, version: versionOf(info) };
}

function createdCall(updates: unknown): TlObject | undefined {
  if (!isTl(updates, 'updates') && !isTl(updates, 'updatesCombined')) return undefined;
  return tlVector(updates, 'updates')
    .filter((update) => isTl(update, 'updateGroupCall'))
    .map((update) => tlMember(update, 'call'))
    .find((call) => isTl(call, 'groupCall'));
}

function pick(object: TlObject, ...names: readonly string[]): TlMembers {
  return Object.fromEntries(names.map((name) => [name, tlMember(object, name)]));
}

function versionOf(call: TlObject): number {
  return Number(tlMember(call, 'version') ?? 0);
}
