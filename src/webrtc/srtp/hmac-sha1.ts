import { createHmac, createSecretKey } from 'node:crypto';
import { SHA1_BLOCK_BYTES, SHA1_DATA, SHA1_STATE, sha1Module } from './sha1-module.ts';
import { instantiate, type WasmEngine } from './wasm-engine.ts';

const INITIAL_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const DIGEST_BYTES = 20;

/**
 * HMAC-SHA1 (RFC 2104) under one key, of a packet followed by one 32-bit word, as SRTP has it (RFC 3711, 4.2). Writes
 * the first `bytes` of the digest of `data[0..length)` and `word` to `out` at `offset`.
 */
export type PacketMac = (
  data: Buffer,
  length: number,
  word: number,
  out: Buffer,
  offset: number,
  bytes: number,
) => void;

let engine: WasmEngine | null | undefined;

/** SHA-1, one instance for all; null where there is no WebAssembly. */
export function sha1Engine(): WasmEngine | null {
  if (engine === undefined) engine = instantiate(sha1Module());
  return engine;
}

/** `key`: at most 64 bytes. With an engine, no object is made per packet; with null, node:crypto does it all. */
export function createPacketMac(key: Uint8Array, sha1: WasmEngine | null = sha1Engine()): PacketMac {
  return sha1 ? engineMac(sha1, key) : nodeMac(key);
}

function engineMac({ memory, view, run }: WasmEngine, key: Uint8Array): PacketMac {
  const hashBlocks = (state: readonly number[], end: number): void => {
    for (let i = 0; i < 5; i++) view.setInt32(SHA1_STATE + 4 * i, state[i]!, true);
    run(end);
  };
  /* The states after the key pads are the same for every packet. */
  const stateAfterPad = (pad: number): number[] => {
    for (let i = 0; i < SHA1_BLOCK_BYTES; i++) memory[SHA1_DATA + i] = (key[i] ?? 0) ^ pad;
    hashBlocks(INITIAL_STATE, SHA1_DATA + SHA1_BLOCK_BYTES);
    return INITIAL_STATE.map((_, i) => view.getInt32(SHA1_STATE + 4 * i, true));
  };
  const inner = stateAfterPad(0x36);
  const outer = stateAfterPad(0x5c);

  return (data, length, word, out, offset, bytes) => {
    data.copy(memory, SHA1_DATA, 0, length);
    view.setUint32(SHA1_DATA + length, word);
    hashBlocks(inner, pad(memory, view, length + 4));
    // The outer hash is of the inner digest.
    for (let at = 0; at < DIGEST_BYTES; at += 4) {
      view.setInt32(SHA1_DATA + at, view.getInt32(SHA1_STATE + at, true));
    }
    hashBlocks(outer, pad(memory, view, DIGEST_BYTES));
    // State words are little-endian in memory, digest bytes are not.
    for (let i = 0; i < bytes; i++) out[offset + i] = memory[SHA1_STATE + (i ^ 3)]!;
  };
}

/** Pads a message of `length` bytes that follows one block (RFC 3174, 4); returns where it ends. */
function pad(memory: Buffer, view: DataView, length: number): number {
  const end = SHA1_DATA + ((length + 8) | (SHA1_BLOCK_BYTES - 1)) + 1;
  memory[SHA1_DATA + length] = 0x80;
  for (let at = SHA1_DATA + length + 1; at < end - 4; at++) memory[at] = 0;
  view.setUint32(end - 4, (SHA1_BLOCK_BYTES + length) * 8);
  return end;
}

function nodeMac(key: Uint8Array): PacketMac {
  const secret = createSecretKey(key);
  const last = Buffer.alloc(4);
  return (data, length, word, out, offset, bytes) => {
    last.writeUInt32BE(word);
    const digest = createHmac('sha1', secret).update(data.subarray(0, length)).update(last).digest();
    for (let i = 0; i < bytes; i++) out[offset + i] = digest[i]!;
  };
}
