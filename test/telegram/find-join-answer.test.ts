import { describe, expect, it } from 'vitest';
import { findJoinAnswer } from '../../src/telegram/find-join-answer.ts';
import { joinAnswer } from '../../src/telegram/signaling.ts';
import { SignalingError } from '../../src/telegram/signaling-error.ts';

const connection = { _: 'updateGroupCallConnection', params: { _: 'dataJSON', data: '{"a":1}' } };
const presentation = { ...connection, presentation: true, params: { _: 'dataJSON', data: '{"b":2}' } };
const other = { _: 'updateGroupCallParticipants', participants: [], version: 1 };

describe('findJoinAnswer', () => {
  it.each([
    ['updates', { _: 'updates', updates: [other, connection] }],
    ['updatesCombined', { _: 'updatesCombined', updates: [connection, other], seqStart: 1 }],
    ['updateShort', { _: 'updateShort', update: connection, date: 1 }],
    ['the update itself', connection],
    ['an array of updates', [other, connection]],
    ['updates inside updates', { _: 'updates', updates: [{ _: 'updates', updates: [other, connection] }] }],
    [
      'class names',
      {
        className: 'Updates',
        updates: [{ className: 'UpdateGroupCallConnection', params: { className: 'DataJSON', data: '{"a":1}' } }],
      },
    ],
    ['params that the library has unwrapped', { _: 'updates', updates: [{ ...connection, params: '{"a":1}' }] }],
  ])('finds it in %s', (_name, updates) => {
    expect(findJoinAnswer(updates)).toBe('{"a":1}');
  });

  it('does not take the answer of a presentation for that of the call, nor the other way round', () => {
    expect(findJoinAnswer({ updates: [presentation] })).toBeUndefined();
    expect(findJoinAnswer({ updates: [presentation, connection] })).toBe('{"a":1}');
    expect(findJoinAnswer({ updates: [connection, presentation] }, { presentation: true })).toBe('{"b":2}');
  });

  it('finds nothing where there is nothing, and ends in what contains itself', () => {
    const loop: { updates: unknown[] } = { updates: [] };
    loop.updates.push(loop, loop);
    for (const value of [undefined, null, 'x', 4, {}, [], { updates: 7 }, { updates: [null, other] }, loop]) {
      expect(findJoinAnswer(value)).toBeUndefined();
    }
  });
});

describe('joinAnswer', () => {
  it('takes a text as it is and looks for it in anything else', () => {
    expect(joinAnswer('{"x":1}')).toBe('{"x":1}');
    expect(joinAnswer([connection])).toBe('{"a":1}');
  });

  it('says what to return when there is no answer', () => {
    expect(() => joinAnswer({})).toThrow(SignalingError);
    expect(() => joinAnswer({})).toThrow(/updateGroupCallConnection.*return/);
  });
});
