import { describe, expect, it } from 'vitest';
import { redact, redactArgv } from '../../src/core/redact.ts';

describe('redact', () => {
  it.each([
    ['rtsp://me:secret@camera/1', 'rtsp://***@camera/1'],
    ['https://cdn/a.mp3?id=7&token=abc&sig=9f', 'https://cdn/a.mp3?id=7&token=***&sig=***'],
    ['https://cdn/a?X-Amz-Signature=77&x=1', 'https://cdn/a?X-Amz-Signature=***&x=1'],
    ['Cookie: session=1; b=2\r\nAccept: */*', 'Cookie: ***\r\nAccept: */*'],
    ['Authorization: Bearer abc', 'Authorization: ***'],
    ['rtmps://dc4-1.rtmp.t.me/s/1234:AbC', 'rtmps://dc4-1.rtmp.t.me/s/***'],
    ['rtmp://host/live/AbC?x=1/2&y=3', 'rtmp://host/live/***'],
    ['rtmp://host/live/AbC: Broken pipe', 'rtmp://host/live/*** Broken pipe'],
    ['rtsp://me:p@ss"w\'rd@camera/1', 'rtsp://***@camera/1'],
    ['concat:http://a:b@host/1|http://c:d@host/2', 'concat:http://***@host/1|http://***@host/2'],
    ['srt://host:9000?mode=caller&passphrase=hunter22', 'srt://host:9000?mode=caller&passphrase=***'],
    ['Cookie: a="quoted; b"; c=1', 'Cookie: ***'],
    ['Cookie: a=1\\r\\nReferer: https://site/\\r\\n', 'Cookie: ***\\r\\nReferer: https://site/\\r\\n'],
    ['X-Auth-Token: abc\r\nRange: bytes=0-', 'X-Auth-Token: ***\r\nRange: bytes=0-'],
    ['song.mp3', 'song.mp3'],
    ['https://host/find?mail=me@host', 'https://host/find?mail=me@host'],
    ['Unable to find key: none given', 'Unable to find key: none given'],
    ['https://radio/stream.aac?quality=high', 'https://radio/stream.aac?quality=high'],
  ])('%s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });
});

describe('redactArgv', () => {
  it('hides the whole value of an option that takes a secret, and the secrets within others', () => {
    const argv = ['ffmpeg', '-cookies', 'id=1; path=/', '-decryption_key', '00ff', '-keyint_min', '30'];
    expect(redactArgv([...argv, '-i', 'rtsp://me:secret@camera/1'])).toEqual([
      ...['ffmpeg', '-cookies', '***', '-decryption_key', '***', '-keyint_min', '30'],
      ...['-i', 'rtsp://***@camera/1'],
    ]);
  });

  it('knows the options of yt-dlp that take a secret, with two hyphens and with a sign of equality', () => {
    const argv = [
      'yt-dlp',
      '-p',
      'hunter2',
      '--password',
      'hunter2',
      '--video-password=hunter2',
      '--twofactor',
      '123456',
    ];
    expect(redactArgv([...argv, '--no-playlist', '--', '-x'])).toEqual([
      ...['yt-dlp', '-p', '***', '--password', '***', '--video-password=***', '--twofactor', '***'],
      ...['--no-playlist', '--', '-x'],
    ]);
  });

  it('shows of headers only those that are known to be harmless', () => {
    const headers = 'Referer: https://site/\r\nX-Session: hunter2\r\nToken: hunter2\r\nUser-Agent: me\r\n';
    expect(redactArgv(['-headers', headers, '-i', 'x'])).toEqual([
      ...['-headers', 'Referer: https://site/\r\nX-Session: ***\r\nToken: ***\r\nUser-Agent: me\r\n', '-i', 'x'],
    ]);
    // With the ends of lines written out, as in a command that is typed.
    expect(redactArgv(['-headers', 'Referer: a\\r\\nX-Session: hunter2'])).toEqual(['-headers', 'Referer: ***']);
    expect(redactArgv(['--add-headers', 'X-Session:hunter2'])).toEqual(['--add-headers', 'X-Session: ***']);
  });
});
