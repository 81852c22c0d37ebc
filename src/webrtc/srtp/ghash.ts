import { ghashModule } from './ghash-module.ts';

/** The part of the API that is used; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** Bytes of the tables of one key. */
const TABLES_BYTES = 34 * 16;

/**
 * GHASH (NIST SP 800-38D, 6.4) in WebAssembly, one instance for all: tables, state and data are written to `memory` at
 * the places that `ghash-module.ts` names, then `hash(end)` folds the blocks before `end` into the state.
 */
export interface GhashEngine {
  readonly memory: Buffer;
  hash(end: number): void;
}

let engine: GhashEngine | null | undefined;

/** The engine, or null where WebAssembly has no vector instructions. */
export function ghashEngine(): GhashEngine | null {
  if (engine !== undefined) return engine;
  engine = null;
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(ghashModule()));
    const { memory, ghash } = exports as { memory: { buffer: ArrayBuffer }; ghash: (end: number) => void };
    engine = { memory: Buffer.from(memory.buffer), hash: ghash };
  } catch {
    // Then node:crypto does it.
  }
  return engine;
}

/**
 * What the engine looks products up in: for every value of the upper or lower half of a byte, its product with the hash
 * key (an encrypted block of zeros), sorted by the bytes of the product.
 */
export function ghashTables(key: Uint8Array): Uint8Array {
  const tables = new Uint8Array(TABLES_BYTES);
  for (let half = 0; half < 8; half += 4) {
    for (let value = 0; value < 16; value++) {
      for (let bit = 0; bit < 4; bit++) {
        if (value & (8 >> bit)) addShifted(tables, 4 * half + value, key, half + bit);
      }
    }
  }
  return tables;
}

/** Adds H · x^shift to the entry whose byte j is at `entry` + 32 j. Powers rise from the first bit of the first byte. */
function addShifted(tables: Uint8Array, entry: number, key: Uint8Array, shift: number): void {
  key.forEach((byte, j) => {
    const spread = (byte << 8) >> shift;
    const at = entry + 32 * j;
    tables[at] = tables[at]! ^ (spread >> 8);
    tables[at + 32] = tables[at + 32]! ^ (spread & 0xff);
  });
}
