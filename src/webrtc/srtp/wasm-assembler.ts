/** WebAssembly instructions, as bytes (core specification, 5.4). */
export type Code = readonly number[];

export const get = (local: number): Code => [0x20, local];
export const set = (local: number): Code => [0x21, local];
export const tee = (local: number): Code => [0x22, local];
export const i32 = (value: number): Code => [0x41, ...signed(value | 0)];
export const I32_LESS: Code = [0x49]; // unsigned
export const I32_ADD: Code = [0x6a];
export const I32_SUBTRACT: Code = [0x6b];
export const I32_AND: Code = [0x71];
export const I32_OR: Code = [0x72];
export const I32_XOR: Code = [0x73];
export const i32RotateLeft = (bits: number): Code => [...i32(bits), 0x77];
export const i32Load = (offset: number): Code => [0x28, 2, ...unsigned(offset)];
export const i32Store = (offset: number): Code => [0x36, 2, ...unsigned(offset)];

export const v128Load = (offset: number): Code => vector(0, 4, ...unsigned(offset));
export const v128Store = (offset: number): Code => vector(11, 4, ...unsigned(offset));
export const V128_AND: Code = vector(78);
export const V128_XOR: Code = vector(81);
export const bytesSplat = (byte: number): Code => vector(12, ...Array.from({ length: 16 }, () => byte));
export const bytesShiftLeft = (bits: number): Code => [...i32(bits), ...vector(107)];
export const bytesShiftRight = (bits: number): Code => [...i32(bits), ...vector(109)];
/** Looks up each byte of the second vector, 0 to 15, in the first. */
export const BYTES_SWIZZLE: Code = vector(14);
/** The same without a check of the bytes, which newer engines have: a quarter faster. */
export const BYTES_SWIZZLE_RELAXED: Code = vector(0x100);
/** Takes bytes of two vectors: 0 to 15 of the first, 16 to 31 of the second. */
export const bytesShuffle = (...from: number[]): Code => vector(13, ...from);

/** Repeats `body` while `condition` leaves 0 on the stack. */
export function until(condition: Code, body: Code): Code {
  return [...[0x02, 0x40, 0x03, 0x40], ...condition, 0x0d, 1, ...body, 0x0c, 0, 0x0b, 0x0b];
}

export interface WasmFunction {
  /** Numbers of locals: 0 is the parameter, then come those of type i32, then those of type v128. */
  locals: { i32: number; v128: number };
  body: Code;
  /** Memory, in pages of 64 KiB. */
  pages: number;
}

/** A module that exports its `memory` and one function `run(end)` without a result. */
export function assembleModule({ locals, body, pages }: WasmFunction): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => [text.length, ...Buffer.from(text)];
  const groups = [[locals.i32, 0x7f], ...(locals.v128 > 0 ? [[locals.v128, 0x7b]] : [])];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 0]), // one type: (i32) -> ()
    ...section(3, [1, 0]),
    ...section(5, [1, 0, pages]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('run'), 0, 0]),
    ...section(10, [1, ...sized([groups.length, ...groups.flat(), ...body, 0x0b])]),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

function vector(opcode: number, ...immediates: number[]): Code {
  return [0xfd, ...unsigned(opcode), ...immediates];
}

/** LEB128 (core specification, 5.2.2). */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -64 && value < 64 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
