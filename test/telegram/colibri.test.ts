import { describe, expect, it } from 'vitest';
import {
  parseReceiverVideo,
  parseServerMessage,
  receiverVideoConstraints,
  senderVideoConstraints,
} from '../../src/telegram/colibri.ts';

describe('messages on the data channel', () => {
  it('ask for the pictures of others, and of nobody who is not named', () => {
    const text = receiverVideoConstraints({
      endpoints: { 'ep-A': { maxHeight: 720 }, 'ep-B': { maxHeight: 180, minHeight: 360 } },
      onStage: ['ep-A'],
    });
    expect(JSON.parse(text)).toEqual({
      colibriClass: 'ReceiverVideoConstraints',
      defaultConstraints: { maxHeight: 0 },
      onStageEndpoints: ['ep-A'],
      constraints: { 'ep-A': { minHeight: 180, maxHeight: 720 }, 'ep-B': { minHeight: 180, maxHeight: 180 } },
    });
    expect(JSON.parse(receiverVideoConstraints({ endpoints: {} }))).toMatchObject({ onStageEndpoints: [] });
  });

  it.each([
    [senderVideoConstraints(360), { type: 'senderVideo', idealHeight: 360 }],
    [senderVideoConstraints(0), { type: 'senderVideo', idealHeight: 0 }],
    ['{"colibriClass":"DebugMessage","message":"ep target=180p"}', { type: 'debug', message: 'ep target=180p' }],
    ['{"colibriClass":"LastNEndpointsChangeEvent"}', { type: 'other', class: 'LastNEndpointsChangeEvent' }],
    ['{"colibriClass":"SenderVideoConstraints"}', { type: 'other', class: 'SenderVideoConstraints' }],
    [
      '{"colibriClass":"SenderVideoConstraints","videoConstraints":{"idealHeight":-1}}',
      { type: 'other', class: 'SenderVideoConstraints' },
    ],
    [
      '{"colibriClass":"SenderVideoConstraints","videoConstraints":{"idealHeight":"720"}}',
      { type: 'other', class: 'SenderVideoConstraints' },
    ],
    ['{"colibriClass":5}', { type: 'other', class: undefined }],
    ['null', { type: 'other', class: undefined }],
    ['not JSON', { type: 'other', class: undefined }],
    ['', { type: 'other', class: undefined }],
  ])('of the server are read: %s', (text, message) => {
    expect(parseServerMessage(text)).toEqual(message);
  });

  it('of a client are read: what is not named has the default, and by default nothing is wanted', () => {
    const wish = parseReceiverVideo(receiverVideoConstraints({ endpoints: { a: { maxHeight: 720 } } }))!;
    expect([wish('a'), wish('b')]).toEqual([720, 0]);
    const others = parseReceiverVideo(
      '{"colibriClass":"ReceiverVideoConstraints","defaultConstraints":{"maxHeight":180},"constraints":{"a":{"maxHeight":0},"b":{"maxHeight":"1"},"c":null}}',
    )!;
    expect(['a', 'b', 'c', 'd'].map(others)).toEqual([0, 180, 180, 180]);
    const none = parseReceiverVideo('{"colibriClass":"ReceiverVideoConstraints","constraints":[]}')!;
    expect(none('a')).toBe(0);
    for (const text of [senderVideoConstraints(360), 'null', '5', 'not JSON']) {
      expect(parseReceiverVideo(text)).toBeUndefined();
    }
  });
});
