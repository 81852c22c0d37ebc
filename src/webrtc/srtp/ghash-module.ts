import {
  assembleModule,
  bytesShiftLeft,
  bytesShiftRight,
  bytesShuffle,
  bytesSplat,
  get,
  i32,
  I32_ADD,
  I32_LESS,
  I32_SUBTRACT,
  set,
  until,
  V128_AND,
  V128_XOR,
  v128Load,
  v128Store,
  type Code,
} from './wasm-assembler.ts';

/** The most blocks that are multiplied together, each with its own power of the hash key. */
export const GHASH_POWERS = 4;
/** Bytes of the tables of one power. */
export const GHASH_TABLE_BYTES: number = 34 * 16;
/** Where tables (of H, H², H³, H⁴), state (in and out) and the blocks to hash are in memory. */
export const GHASH_TABLES = 0;
export const GHASH_STATE: number = GHASH_POWERS * GHASH_TABLE_BYTES;
export const GHASH_DATA: number = GHASH_STATE + 16;

/* Locals: the parameter, an address, then vectors. */
const END = 0;
const AT = 1;
const Y = 2;
const PRODUCT = 3;
const OVERFLOW = 4;
const TOP = 5;
const CARRY = 6;
const ZERO = 7;
/** Upper and lower halves of the bytes of each block. */
const HALVES = 8;
const VECTORS: number = 6 + 2 * GHASH_POWERS;

/** Of `a` and `b` on the stack: b moved up by one byte, with the last byte of a before it. */
const MOVE_UP = bytesShuffle(...Array.from({ length: 16 }, (_, i) => 15 + i));
/** Of `a` and zero on the stack: the last byte of a, then zeros. */
const LAST_FIRST = bytesShuffle(15, ...Array.from({ length: 15 }, () => 16));

/**
 * A WebAssembly module whose `run(end)` folds the 16-byte blocks from {@link GHASH_DATA} to `end` into the state (NIST SP
 * 800-38D, 6.4), `powers` of them at a time: as many tables it needs. It is assembled here instead of being built, as it is
 * mostly one step repeated.
 *
 * The product of a block and a power of the hash key is looked up by halves of bytes: `swizzle` looks up all 16 bytes of
 * the block at once, in a table that sits in a register, so that neither addresses nor time depend on secrets. Table 2j
 * holds byte j of (n · H) for every n in the upper half of a byte, table 2j + 1 for n in the lower; 17 bytes each way.
 */
export function ghashModule(swizzle: Code, powers: number): Uint8Array<ArrayBuffer> {
  const body: Code = [
    ...[...i32(0), ...v128Load(GHASH_STATE), ...set(Y)],
    ...[...i32(GHASH_DATA), ...set(AT)],
    ...whileLeft(powers, swizzle),
    ...whileLeft(1, swizzle),
    ...[...i32(0), ...get(Y), ...v128Store(GHASH_STATE)],
  ];
  // Two pages: tables, state, and any UDP datagram behind them.
  return assembleModule({ locals: { i32: 1, v128: VECTORS }, body, pages: 2 });
}

/** Takes `count` blocks at a time while there are as many: Y = (Y + first) · H^count + second · H^(count - 1) + … */
function whileLeft(count: number, swizzle: Code): Code {
  const code: number[] = [];
  for (let block = 0; block < count; block++) {
    code.push(...get(AT), ...v128Load(16 * block));
    if (block === 0) code.push(...get(Y), ...V128_XOR);
    code.push(...set(Y), ...get(Y), ...bytesShiftRight(4), ...set(HALVES + 2 * block));
    code.push(...get(Y), ...bytesSplat(0x0f), ...V128_AND, ...set(HALVES + 2 * block + 1));
  }
  code.push(...multiply(count, swizzle), ...reduce());
  code.push(...get(AT), ...i32(16 * count), ...I32_ADD, ...set(AT));
  return until([...get(END), ...get(AT), ...I32_SUBTRACT, ...i32(16 * count), ...I32_LESS], code);
}

/** Sum of the 256-bit products, lower half in PRODUCT and upper in OVERFLOW: Horner's rule in x^8. */
function multiply(count: number, swizzle: Code): Code {
  const term = (j: number): Code =>
    Array.from({ length: 2 * count }, (_, half) => {
      const power = count - 1 - (half >> 1);
      const table = GHASH_TABLES + power * GHASH_TABLE_BYTES + 32 * j + 16 * (half & 1);
      const found = [...i32(0), ...v128Load(table), ...get(HALVES + half), ...swizzle];
      return half > 0 ? [...found, ...V128_XOR] : found;
    }).flat();
  const code = [...term(16), ...set(TOP), ...term(15), ...set(PRODUCT), ...get(ZERO), ...set(OVERFLOW)];
  for (let j = 14; j >= 0; j--) {
    code.push(...get(PRODUCT), ...get(OVERFLOW), ...MOVE_UP, ...set(OVERFLOW));
    code.push(...get(ZERO), ...get(PRODUCT), ...MOVE_UP, ...term(j), ...V128_XOR, ...set(PRODUCT));
  }
  return [...code, ...get(OVERFLOW), ...get(TOP), ...V128_XOR, ...set(OVERFLOW)];
}

/** Y = PRODUCT + OVERFLOW · (1 + x + x² + x⁷), and the byte that this pushes out once more. */
function reduce(): Code {
  return [
    ...[...get(PRODUCT), ...fold(OVERFLOW), ...V128_XOR, ...set(Y)],
    ...[...get(CARRY), ...get(ZERO), ...LAST_FIRST, ...set(OVERFLOW)],
    ...[...get(Y), ...fold(OVERFLOW), ...V128_XOR, ...set(Y)],
  ];
}

/** Pushes `local` · (1 + x + x² + x⁷); what leaves a byte stays in CARRY. The first bit of a byte is its lowest power. */
function fold(local: number): Code {
  const v = get(local);
  const sum = (...terms: Code[]): Code => terms.flatMap((term, i) => (i > 0 ? [...term, ...V128_XOR] : term));
  return [
    ...sum([...v, ...bytesShiftLeft(7)], [...v, ...bytesShiftLeft(6)], [...v, ...bytesShiftLeft(1)]),
    ...set(CARRY),
    ...sum(v, [...v, ...bytesShiftRight(1)], [...v, ...bytesShiftRight(2)], [...v, ...bytesShiftRight(7)]),
    ...[...get(ZERO), ...get(CARRY), ...MOVE_UP, ...V128_XOR],
  ];
}
