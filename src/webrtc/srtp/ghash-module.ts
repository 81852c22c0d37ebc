/** Where {@link ghashModule} finds its tables, its state (in and out), and the blocks to hash, in bytes. */
export const GHASH_TABLES = 0;
export const GHASH_STATE = 544;
export const GHASH_DATA = 1024;

/** Two pages: tables and state, and any UDP datagram behind them. */
const MEMORY_PAGES = 2;

/* Locals of the function: its parameter, an address, then vectors. */
const END = 0;
const AT = 1;
const Y = 2;
const HIGH = 3;
const LOW = 4;
const PRODUCT = 5;
const OVERFLOW = 6;
const TOP = 7;
const CARRY = 8;
const ZERO = 9;

type Code = readonly number[];

/* Instructions of the WebAssembly core specification, 5.4, that are used here. */
const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const tee = (local: number): Code => [0x22, local];
const i32 = (value: number): Code => [0x41, ...signed(value)];
const vector = (opcode: number, ...immediates: number[]): Code => [0xfd, ...unsigned(opcode), ...immediates];
const load = (offset: number): Code => vector(0, 4, ...unsigned(offset));
const store = (offset: number): Code => vector(11, 4, ...unsigned(offset));
const splat = (byte: number): Code => vector(12, ...Array.from({ length: 16 }, () => byte));
const swizzle = vector(14);
const and = vector(78);
const xor = vector(81);
const shiftLeft = (bits: number): Code => [...i32(bits), ...vector(107)];
const shiftRight = (bits: number): Code => [...i32(bits), ...vector(109)];
/** Of `a` and `b` on the stack: b moved up by one byte, with the last byte of a before it. */
const moveUp = vector(13, ...Array.from({ length: 16 }, (_, i) => 15 + i));

/**
 * A WebAssembly module with one function, `ghash(end)`: folds the 16-byte blocks from {@link GHASH_DATA} to `end` into
 * the state (NIST SP 800-38D, 6.4). It is assembled here instead of being built, as it is mostly one step repeated.
 *
 * The product of a block and the hash key is looked up nibble by nibble: `swizzle` looks up all 16 bytes of the block at
 * once in a table that sits in a register, so neither memory addresses nor time depend on secrets. Table 2j holds byte j
 * of (n · H) for every n in the upper nibble, table 2j + 1 for n in the lower; 17 bytes each way.
 */
export function ghashModule(): Uint8Array<ArrayBuffer> {
  const body: Code = [
    ...[...i32(0), ...load(GHASH_STATE), ...set(Y)],
    ...[...i32(GHASH_DATA), ...set(AT)],
    ...[0x03, 0x40], // loop
    ...[...get(Y), ...get(AT), ...load(0), ...xor, ...set(Y)],
    ...[...get(Y), ...shiftRight(4), ...set(HIGH)],
    ...[...get(Y), ...splat(0x0f), ...and, ...set(LOW)],
    ...multiply(),
    ...reduce(),
    ...[...get(AT), ...i32(16), 0x6a, ...tee(AT), ...get(END), 0x49, 0x0d, 0], // again while AT + 16 < END
    0x0b,
    ...[...i32(0), ...get(Y), ...store(GHASH_STATE)],
    0x0b,
  ];
  const locals = [2, 1, 0x7f, 8, 0x7b]; // one i32, eight v128
  const name = (text: string): Code => [text.length, ...Buffer.from(text)];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 0]), // one type: (i32) -> ()
    ...section(3, [1, 0]),
    ...section(5, [1, 0, MEMORY_PAGES]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('ghash'), 0, 0]),
    ...section(10, [1, ...sized([...locals, ...body])]),
  ]);
}

/** 256-bit product of the block and H, lower half in PRODUCT and upper in OVERFLOW: Horner's rule in x^8. */
function multiply(): Code {
  const term = (j: number): Code => [
    ...[...i32(0), ...load(GHASH_TABLES + 32 * j), ...get(HIGH), ...swizzle],
    ...[...i32(0), ...load(GHASH_TABLES + 32 * j + 16), ...get(LOW), ...swizzle],
    ...xor,
  ];
  const code = [...term(16), ...set(TOP), ...term(15), ...set(PRODUCT), ...get(ZERO), ...set(OVERFLOW)];
  for (let j = 14; j >= 0; j--) {
    code.push(...get(PRODUCT), ...get(OVERFLOW), ...moveUp, ...set(OVERFLOW));
    code.push(...get(ZERO), ...get(PRODUCT), ...moveUp, ...term(j), ...xor, ...set(PRODUCT));
  }
  return [...code, ...get(OVERFLOW), ...get(TOP), ...xor, ...set(OVERFLOW)];
}

/** Y = PRODUCT + OVERFLOW · (1 + x + x² + x⁷), and the byte that this pushes out once more. */
function reduce(): Code {
  const lastByteFirst = vector(13, 15, ...Array.from({ length: 15 }, () => 16));
  return [
    ...[...get(PRODUCT), ...fold(OVERFLOW), ...xor, ...set(Y)],
    ...[...get(CARRY), ...get(ZERO), ...lastByteFirst, ...set(OVERFLOW)],
    ...[...get(Y), ...fold(OVERFLOW), ...xor, ...set(Y)],
  ];
}

/** Pushes `local` · (1 + x + x² + x⁷); what leaves a byte stays in CARRY. The first bit of a byte is its lowest power. */
function fold(local: number): Code {
  const v = get(local);
  return [
    ...[...v, ...shiftLeft(7), ...v, ...shiftLeft(6), ...xor, ...v, ...shiftLeft(1), ...xor, ...set(CARRY)],
    ...[...v, ...v, ...shiftRight(1), ...xor, ...v, ...shiftRight(2), ...xor, ...v, ...shiftRight(7), ...xor],
    ...[...get(ZERO), ...get(CARRY), ...moveUp, ...xor],
  ];
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

/** LEB128 (WebAssembly core specification, 5.2.2). */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -64 && value < 64 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
