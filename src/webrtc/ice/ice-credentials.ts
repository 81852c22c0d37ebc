import { randomInt } from 'node:crypto';
import type { IceParameters } from '../types.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const UFRAG_LENGTH = 16;
const PASSWORD_LENGTH = 32;

/** New ICE credentials: 91 and 182 bits of chance, where RFC 8445, section 5.3, asks for 24 and 128. */
export function createIceCredentials(): IceParameters {
  return { ufrag: randomLetters(UFRAG_LENGTH), pwd: randomLetters(PASSWORD_LENGTH) };
}

function randomLetters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
