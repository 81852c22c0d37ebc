import { Api, TelegramClient } from 'telegram';
import { _handleUpdate } from 'telegram/client/updates.js';
import { RPCMessageToError } from 'telegram/errors/index.js';
import { BinaryReader, Logger } from 'telegram/extensions/index.js';
import { LogLevel } from 'telegram/extensions/Logger.js';
import { returnBigInt } from 'telegram/Helpers.js';
import { StringSession } from 'telegram/sessions/index.js';
import type { ScriptedTelegram, Tl } from './scripted-telegram.ts';

interface RequestState {
  data: Buffer;
  request: { readResult(reader: BinaryReader): unknown };
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/**
 * A real client of GramJS, cut off below its queue of requests: they are read from the bytes they were written to, and answers
 * are read from bytes by the request they answer. Its entity cache and its event handlers run.
 */
export function gramjsRig(server: ScriptedTelegram): {
  tg: TelegramClient;
  ids: number[];
  meet: (updates: Tl) => Promise<void>;
  push: (updates: Tl) => void;
  destroy: () => Promise<void>;
} {
  const baseLogger = new Logger(LogLevel.NONE);
  const tg = new TelegramClient(new StringSession(''), 1, '0', { baseLogger, requestRetries: 1 });
  const ids: number[] = [];
  const send = async (state: RequestState): Promise<void> => {
    ids.push(state.data.readUInt32LE(0));
    const reader = new BinaryReader(state.data);
    const request = reader.tgReadObject() as object;
    if (reader.tellPosition() !== state.data.length) throw new Error('a request left bytes');
    const outcome = await server.handle(toNeutral(request) as Tl);
    if ('refusal' in outcome) {
      const { code, name } = outcome.refusal;
      throw RPCMessageToError({ errorCode: code, errorMessage: name } as never, request as never);
    }
    const bytes = 'object' in outcome ? build(outcome.object).getBytes() : intVector(outcome.vector);
    state.resolve(state.request.readResult(new BinaryReader(bytes)));
  };
  tg._sender = {
    userDisconnected: false,
    addStateToQueue: (state: RequestState) => void send(state).catch(state.reject.bind(state)),
  } as never;
  tg._connectedDeferred.resolve(undefined);
  tg._selfInputPeer = new Api.InputPeerUser({ userId: returnBigInt(6), accessHash: returnBigInt(1) });
  const push = (updates: Tl): void => {
    _handleUpdate(tg, new BinaryReader(build(updates).getBytes()).tgReadObject());
  };
  return {
    tg,
    ids,
    async meet(updates) {
      push(updates);
    },
    push,
    destroy: () => Promise.resolve(),
  };
}

function intVector(values: number[]): Buffer {
  const bytes = Buffer.alloc(8 + 4 * values.length);
  bytes.writeUInt32LE(0x1cb5c415, 0);
  bytes.writeInt32LE(values.length, 4);
  values.forEach((value, index) => bytes.writeInt32LE(value, 8 + 4 * index));
  return bytes;
}

/** The object of GramJS's class for a constructor; members it does not know are left out by its writer. */
function build({ _, ...members }: Tl): { getBytes(): Buffer } {
  const path = _.split('.').map((part, index, all) =>
    index < all.length - 1 ? part : part[0]!.toUpperCase() + part.slice(1),
  );
  const found = path.reduce<unknown>((holder, part) => (holder as Record<string, unknown>)[part], Api);
  return new (found as new (args: object) => { getBytes(): Buffer })(
    Object.fromEntries(Object.entries(members).map(([key, value]) => [key, fromNeutral(value)])),
  );
}

function fromNeutral(value: unknown): unknown {
  if (typeof value === 'bigint') return returnBigInt(String(value));
  if (Array.isArray(value)) return value.map(fromNeutral);
  return typeof value === 'object' && value !== null ? build(value as Tl) : value;
}

/** Ids that other libraries hold as numbers. */
const SMALL_ID = /^(?:channelId|chatId|userId)$/;

function toNeutral(value: unknown, key = ''): unknown {
  if (isBigInteger(value)) return SMALL_ID.test(key) ? value.toJSNumber() : BigInt(value.toString());
  if (Array.isArray(value)) return value.map((element) => toNeutral(element));
  if (typeof value !== 'object' || value === null) return value;
  const { className, originalArgs } = value as { className: string; originalArgs: Record<string, unknown> };
  const members = Object.entries(originalArgs)
    .filter(([member, content]) => content !== null && !/^flags\d?$/.test(member))
    .map(([member, content]) => [member, toNeutral(content, member)]);
  return { _: lowerFirst(className), ...Object.fromEntries(members) };
}

function isBigInteger(value: unknown): value is { toJSNumber(): number; toString(): string } {
  return typeof value === 'object' && value !== null && 'toJSNumber' in value;
}

function lowerFirst(name: string): string {
  const at = name.lastIndexOf('.') + 1;
  return name.slice(0, at) + name.charAt(at).toLowerCase() + name.slice(at + 1);
}
