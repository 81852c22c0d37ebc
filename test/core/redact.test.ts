import { describe, expect, it } from 'vitest';
import { redact } from '../../src/core/redact.ts';

describe('redact', () => {
  it.each([
    ['rtsp://me:secret@camera/1', 'rtsp://***@camera/1'],
    ['https://cdn/a.mp3?id=7&token=abc&sig=9f', 'https://cdn/a.mp3?id=7&token=***&sig=***'],
    ['https://cdn/a?X-Amz-Signature=77&x=1', 'https://cdn/a?X-Amz-Signature=***&x=1'],
    ['Cookie: session=1; b=2\r\nAccept: */*', 'Cookie: ***\r\nAccept: */*'],
    ['Authorization: Bearer abc', 'Authorization: ***'],
    ['rtmps://dc4-1.rtmp.t.me/s/1234:AbC', 'rtmps://dc4-1.rtmp.t.me/s/***'],
    ['song.mp3', 'song.mp3'],
    ['https://radio/stream.aac?quality=high', 'https://radio/stream.aac?quality=high'],
  ])('%s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });
});
