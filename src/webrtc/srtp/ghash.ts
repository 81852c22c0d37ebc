import { GHASH_DATA, GHASH_POWERS, GHASH_STATE, GHASH_TABLE_BYTES, GHASH_TABLES, ghashModule } from './ghash-module.ts';
import { BYTES_SWIZZLE, BYTES_SWIZZLE_RELAXED, type Code } from './wasm-assembler.ts';
import { instantiate, type WasmEngine } from './wasm-engine.ts';

/**
 * GHASH (NIST SP 800-38D, 6.4): tables, state and data go to the places that `ghash-module.ts` names. Many powers of the key
 * halve the time of a long packet; for a short one, it takes as long to fetch their tables.
 */
export interface GhashEngines {
  /** Needs the tables of two powers. */
  readonly few: WasmEngine;
  /** Needs all tables. */
  readonly many: WasmEngine;
}

/** Bytes of the tables that {@link GhashEngines.few} needs. */
export const FEW_TABLES_BYTES: number = 2 * GHASH_TABLE_BYTES;

let engines: GhashEngines | null | undefined;

/** The same for all keys; null where WebAssembly has no vector instructions. */
export function ghashEngines(): GhashEngines | null {
  if (engines === undefined) engines = loadGhash(BYTES_SWIZZLE_RELAXED) ?? loadGhash(BYTES_SWIZZLE);
  return engines;
}

/** Engines that look up by one of two instructions. */
export function loadGhash(swizzle: Code): GhashEngines | null {
  const few = instantiate(ghashModule(swizzle, 2));
  const many = instantiate(ghashModule(swizzle, GHASH_POWERS));
  return few && many && { few, many };
}

/**
 * What the engine looks products up in, for the hash key H (an encrypted block of zeros) and its powers: for every value
 * of the upper or lower half of a byte, its product with the power, sorted by the bytes of the product.
 */
export function ghashTables({ memory, run }: WasmEngine, key: Uint8Array): Uint8Array {
  const tables = new Uint8Array(GHASH_POWERS * GHASH_TABLE_BYTES);
  let power = Buffer.from(key);
  for (let n = 0; n < GHASH_POWERS; n++) {
    tables.set(multiplesOf(power), n * GHASH_TABLE_BYTES);
    // The next power: one block that holds this one, hashed under H.
    memory.set(tables.subarray(0, GHASH_TABLE_BYTES), GHASH_TABLES);
    memory.fill(0, GHASH_STATE, GHASH_DATA);
    memory.set(power, GHASH_DATA);
    run(GHASH_DATA + power.length);
    power = Buffer.from(memory.subarray(GHASH_STATE, GHASH_DATA));
  }
  return tables;
}

function multiplesOf(power: Uint8Array): Uint8Array {
  const tables = new Uint8Array(GHASH_TABLE_BYTES);
  for (let half = 0; half < 8; half += 4) {
    for (let value = 0; value < 16; value++) {
      for (let bit = 0; bit < 4; bit++) {
        if (value & (8 >> bit)) addShifted(tables, 4 * half + value, power, half + bit);
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
