import { describe, expect, it } from 'vitest';
import { lastLines, TextTail } from '../../src/ffmpeg/text-tail.ts';

describe('TextTail', () => {
  it('keeps the end of what comes, and never the rest of a word that was cut: it might be half an address', () => {
    const tail = new TextTail(20);
    tail.push('short');
    expect(tail.text).toBe('short');
    tail.push(' https://me:hunter2@host/a failed');
    expect(tail.text).toBe(' failed');
    tail.push(' once more');
    expect(tail.text).toBe(' failed once more');
  });
});

describe('lastLines', () => {
  it('gives whole lines, or the end of one that is too long', () => {
    expect(lastLines('one\ntwo\nthree\n', 100)).toBe('one\ntwo\nthree');
    expect(lastLines('one\ntwo\nthree\n', 10)).toBe('two\nthree');
    expect(lastLines('one two three', 5)).toBe('three');
  });
});
