import {
  assembleModule,
  get,
  i32,
  I32_ADD,
  I32_AND,
  I32_LESS,
  I32_OR,
  I32_SUBTRACT,
  I32_XOR,
  i32Load,
  i32RotateLeft,
  i32Store,
  set,
  tee,
  until,
  type Code,
} from './wasm-assembler.ts';

/** Where state (five words, in and out) and the blocks to hash are in memory. */
export const SHA1_STATE = 0;
export const SHA1_DATA = 64;
export const SHA1_BLOCK_BYTES = 64;

/* Locals: the parameter, an address, the last 16 words of the schedule, the five variables, the state. */
const END = 0;
const AT = 1;
const WORDS = 2;
const VARIABLES = 18;
const STATE = 23;
const LOCALS = 27;

/**
 * A WebAssembly module whose `run(end)` folds the 64-byte blocks from {@link SHA1_DATA} to `end` into the state (RFC
 * 3174, 6.1). All 80 rounds follow each other without a loop; what a round would move is renamed instead.
 */
export function sha1Module(): Uint8Array<ArrayBuffer> {
  const five = [0, 1, 2, 3, 4];
  const block: number[] = [];
  for (let t = 0; t < 16; t++) block.push(...loadWord(t));
  for (const i of five) block.push(...get(STATE + i), ...set(VARIABLES + i));
  for (let t = 0; t < 80; t++) block.push(...schedule(t), ...round(t));
  // After 80 rounds, a multiple of five, every variable has its own name again.
  for (const i of five) block.push(...get(STATE + i), ...get(VARIABLES + i), ...I32_ADD, ...set(STATE + i));
  block.push(...get(AT), ...i32(SHA1_BLOCK_BYTES), ...I32_ADD, ...set(AT));

  const body = [
    ...five.flatMap((i) => [...i32(0), ...i32Load(SHA1_STATE + 4 * i), ...set(STATE + i)]),
    ...[...i32(SHA1_DATA), ...set(AT)],
    ...until([...get(END), ...get(AT), ...I32_SUBTRACT, ...i32(SHA1_BLOCK_BYTES), ...I32_LESS], block),
    ...five.flatMap((i) => [...i32(0), ...get(STATE + i), ...i32Store(SHA1_STATE + 4 * i)]),
  ];
  // Two pages: any UDP datagram.
  return assembleModule({ locals: { i32: LOCALS, v128: 0 }, body, pages: 2 });
}

/** Word t of the block: memory is little-endian, the words are not. */
function loadWord(t: number): Code {
  return [
    ...[...get(AT), ...i32Load(4 * t), ...tee(WORDS + t), ...i32RotateLeft(8), ...i32(0x00ff00ff), ...I32_AND],
    ...[...get(WORDS + t), ...i32RotateLeft(24), ...i32(0xff00ff00), ...I32_AND, ...I32_OR, ...set(WORDS + t)],
  ];
}

/** Word t of the schedule takes the place of word t - 16. */
function schedule(t: number): Code {
  if (t < 16) return [];
  const word = (n: number): Code => get(WORDS + (n & 15));
  return [
    ...[...word(t - 3), ...word(t - 8), ...I32_XOR, ...word(t - 14), ...I32_XOR, ...word(t - 16), ...I32_XOR],
    ...[...i32RotateLeft(1), ...set(WORDS + (t & 15))],
  ];
}

function round(t: number): Code {
  const name = (letter: number): number => VARIABLES + ((letter + 80 - t) % 5);
  const [a, b, c, d, e] = [name(0), name(1), name(2), name(3), name(4)];
  // What the round before has just made comes last, so that the rest need not wait for it.
  return [
    ...[...get(e), ...get(WORDS + (t & 15)), ...I32_ADD, ...i32(CONSTANTS[Math.floor(t / 20)]!), ...I32_ADD],
    ...[...mix(t, b, c, d), ...I32_ADD, ...get(a), ...i32RotateLeft(5), ...I32_ADD, ...set(e)],
    ...[...get(b), ...i32RotateLeft(30), ...set(b)],
  ];
}

const CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

function mix(t: number, b: number, c: number, d: number): Code {
  if (t < 20) return [...get(d), ...get(b), ...get(c), ...get(d), ...I32_XOR, ...I32_AND, ...I32_XOR];
  if (t < 40 || t >= 60) return [...get(b), ...get(c), ...I32_XOR, ...get(d), ...I32_XOR];
  return [...get(b), ...get(c), ...I32_AND, ...get(d), ...get(b), ...get(c), ...I32_XOR, ...I32_AND, ...I32_OR];
}
