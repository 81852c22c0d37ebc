import { createRequire } from 'node:module';
import { Long, MemoryStorage } from '@mtcute/core';
import { BaseTelegramClient, TelegramClient } from '@mtcute/core/client.js';
import { __tlReaderMap, __tlWriterMap, TlBinaryReader, TlBinaryWriter } from '@mtcute/core/utils.js';
import type { ScriptedTelegram, Tl } from './scripted-telegram.ts';

interface SchemaEntry {
  kind: 'class' | 'method';
  name: string;
  id: number;
  arguments: { name: string; type: string; typeModifiers?: { predicate?: string; isVector?: boolean } }[];
}

const require = createRequire(import.meta.url);
const schema = require('@mtcute/core/tl/api-schema.json') as { e: SchemaEntry[] };
const entries = new Map(schema.e.map((entry) => [entry.id >>> 0, entry]));

/**
 * A real client of mtcute, cut off below its serialization: requests are written by its writers and read by its published
 * schema; answers are written by its writers and read by its readers. Its storage and its update manager run.
 */
export async function mtcuteRig(server: ScriptedTelegram): Promise<{
  tg: TelegramClient;
  ids: number[];
  meet: (updates: Tl) => Promise<void>;
  push: (updates: Tl) => void;
  destroy: () => Promise<void>;
}> {
  const nothing = (): void => {};
  const base = new BaseTelegramClient({
    apiId: 1,
    apiHash: '0',
    storage: new MemoryStorage(),
    crypto: {} as never,
    transport: {} as never,
    platform: {
      getDeviceModel: () => 'test',
      getDefaultLogLevel: () => 0,
      log: nothing,
      beforeExit: () => nothing,
    },
  });
  /** Constructor ids as they stood on the wire. */
  const ids: number[] = [];
  base.mt.connect = () => Promise.resolve();
  base.mt.call = async (message) => {
    const bytes = TlBinaryWriter.serializeObject(__tlWriterMap, message);
    const reader = new TlBinaryReader(__tlReaderMap, bytes);
    ids.push(reader.peekUint());
    const request = readBySchema(reader);
    if (reader.pos !== bytes.length) throw new Error(`${message._} left ${bytes.length - reader.pos} bytes`);
    const outcome = await server.handle(request);
    if ('refusal' in outcome) {
      const { code, name } = outcome.refusal;
      return { _: 'mt_rpc_error', errorCode: code, errorMessage: name } as never;
    }
    if ('object' in outcome) return throughBytes(outcome.object);
    const writer = TlBinaryWriter.manual(8 + 4 * outcome.vector.length);
    writer.vector(writer.int as never, outcome.vector);
    const read = (__tlReaderMap as { _results?: Record<string, (r: unknown) => unknown> })._results?.[message._];
    return read!(new TlBinaryReader(__tlReaderMap, writer.result()));
  };
  const tg = new TelegramClient({ client: base });
  await base.storage.self.store({ userId: 6, isBot: false, isPremium: false, usernames: [] });
  await tg.startUpdatesLoop();
  return {
    tg,
    ids,
    async meet(updates) {
      await base.storage.peers.updatePeersFrom(throughBytes(updates) as never);
    },
    push: (updates) => base.mt.onUpdate.emit(throughBytes(updates) as never),
    destroy: () => tg.destroy(),
  };
}

function throughBytes(object: Tl): unknown {
  const bytes = TlBinaryWriter.serializeObject(__tlWriterMap, withLongs(object) as Tl);
  return TlBinaryReader.deserializeObject(__tlReaderMap, bytes);
}

function withLongs(value: unknown): unknown {
  if (typeof value === 'bigint') return Long.fromString(String(value));
  if (Array.isArray(value)) return value.map(withLongs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withLongs(member)]));
}

/** Reads one boxed object, request or not, as the schema says; mtcute itself reads no requests. */
function readBySchema(reader: TlBinaryReader): Tl {
  const id = reader.uint();
  const entry = entries.get(id);
  if (!entry) throw new Error(`no constructor ${id.toString(16)}`);
  const result: Tl = { _: entry.name };
  const flags: Record<string, number> = {};
  for (const { name, type, typeModifiers: { predicate, isVector } = {} } of entry.arguments) {
    const camel = name.replace(/_./g, (part) => part[1]!.toUpperCase());
    if (type === '#') {
      flags[name] = reader.uint();
      continue;
    }
    const [word, bit] = predicate?.split('.') ?? [];
    const present = word === undefined || (flags[word]! & (1 << Number(bit))) !== 0;
    if (type === 'true') result[camel] = present;
    else if (present) result[camel] = isVector ? reader.vector(() => readValue(reader, type)) : readValue(reader, type);
  }
  return result;
}

function readValue(reader: TlBinaryReader, type: string): unknown {
  if (type === 'int') return reader.int();
  if (type === 'int53') return reader.int53();
  if (type === 'long') return BigInt(reader.long().toString());
  if (type === 'string') return reader.string();
  if (type === 'bytes') return reader.bytes();
  if (type === 'Bool') return reader.boolean();
  return readBySchema(reader);
}
