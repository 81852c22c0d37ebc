import { getMarkedPeerId, parseMarkedPeerId } from '@mtcute/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { chatKey, parseChatId, toBotApiId } from '../../src/telegram/chat-id.ts';

describe('parseChatId', () => {
  it('tells channels, basic groups and users apart by the Bot API', () => {
    expect(parseChatId(-1001234567890)).toEqual({ type: 'channel', id: 1234567890 });
    expect(parseChatId(-4242)).toEqual({ type: 'chat', id: 4242 });
    expect(parseChatId(777000)).toEqual({ type: 'user', id: 777000 });
  });

  it('takes a basic group whose id begins with -100 for what it is', () => {
    expect(parseChatId(-1001234)).toEqual({ type: 'chat', id: 1001234 });
  });

  it('takes names, with or without an at sign, in any case', () => {
    for (const name of ['@My_Group1', 'my_group1']) {
      expect(parseChatId(name)).toEqual({ type: 'name', name: 'my_group1' });
      expect(chatKey(name)).toBe('@my_group1');
    }
  });

  it('agrees with mtcute on every id, in every form', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_997_852_516_352, max: 1_099_511_627_775 }), (id) => {
        fc.pre(id !== 0 && id !== -1_000_000_000_000);
        const [type, bare] = parseMarkedPeerId(id);
        for (const form of [id, BigInt(id), String(id)]) expect(parseChatId(form)).toEqual({ type, id: bare });
        expect(toBotApiId(type, bare)).toBe(getMarkedPeerId(bare, type));
        expect(chatKey(BigInt(id))).toBe(String(id));
      }),
    );
  });

  it.each([0, -1_000_000_000_000, 1.5, NaN, 2n ** 60n, '', '-', '1x', 'no such name', '@'])('refuses %s', (value) => {
    expect(() => parseChatId(value)).toThrow(OptionError);
  });
});
