import { describe, expect, it } from 'vitest';
import { type HttpOptions, inputFlags, isHls, isLiveUrl } from '../../src/ffmpeg/input-flags.ts';

const flags = (input: string, major?: number, http?: HttpOptions): string =>
  inputFlags({ input, major, http }).join(' ');

const SHORT = '-analyzeduration 500000 -probesize 1000000';
const TO_KEYFRAME = '-analyzeduration 3000000 -probesize 5000000';
const TIMEOUT = '-rw_timeout 10000000';
const RESUME = '-reconnect 1 -reconnect_delay_max 0';
const LOCAL_HLS = '-protocol_whitelist file,crypto,data,http,https,tcp,tls,httpproxy -allowed_extensions 3gp,aac,';

/** The whole table: an address, whether it is live, and its flags. */
const TABLE: readonly (readonly [input: string, live: boolean, flags: string])[] = [
  ['/music/song.mp3', false, ''],
  ['/music/https:/song.mp3', false, ''],
  ['/music/rtsp:/song.mp3', false, ''],
  ['pipe:0', false, ''],
  ['http://host/song.mp3', false, `${TIMEOUT} ${SHORT} ${RESUME}`],
  ['HTTPS://host/song.mp3', false, `${TIMEOUT} ${SHORT} ${RESUME}`],
  ['https://host/live.m3u8?x=1', false, `${TIMEOUT} ${SHORT}`],
  ['http://camera/live.mjpg', true, `${TIMEOUT} ${SHORT} -use_wallclock_as_timestamps 1`],
  ['http://camera/axis-cgi/mjpg/video.cgi', true, `${TIMEOUT} ${SHORT} -use_wallclock_as_timestamps 1`],
  ['http://camera:8080/?action=stream', true, `${TIMEOUT} ${SHORT} -use_wallclock_as_timestamps 1`],
  ['rtsp://camera/1', true, `-rtsp_flags prefer_tcp -timeout 10000000 ${SHORT}`],
  ['rtsps://camera/1', true, `-rtsp_flags prefer_tcp -timeout 10000000 ${SHORT}`],
  ['rtmp://host/app/key', true, `${TIMEOUT} ${TO_KEYFRAME}`],
  ['rtmps://host/app/key', true, `${TIMEOUT} ${TO_KEYFRAME}`],
  ['srt://host:9000?mode=caller', true, `${TIMEOUT} ${TO_KEYFRAME}`],
  ['tcp://host:9000', true, `${TIMEOUT} ${TO_KEYFRAME}`],
  ['udp://@239.0.0.1:5000', true, `-timeout 10000000 -fifo_size 57344 -overrun_nonfatal 1 ${TO_KEYFRAME}`],
  ['rtp://239.0.0.1:5000', true, ''],
];

describe('inputFlags', () => {
  it.each(TABLE)('%s is live: %j, and gets: %s', (input, live, expected) => {
    expect(flags(input)).toBe(expected);
    expect(isLiveUrl(input)).toBe(live);
  });

  it('lets a playlist in a file lead to the network, and to keys', () => {
    expect(flags('/music/list.m3u8')).toContain(LOCAL_HLS);
    expect(flags('/music/list.m3u8')).toMatch(/,key$/);
  });

  it('never gives an old ffmpeg the time-out of RTSP that would make a server of it', () => {
    expect(flags('rtsp://camera/1', 4)).toContain('-stimeout 10000000');
    expect(flags('rtsp://camera/1', 4)).not.toContain(' -timeout');
    expect(flags('rtsp://camera/1', 5)).toContain(' -timeout 10000000');
  });

  it('sends headers with HTTP, cookies only to the host, and goes through a proxy', () => {
    const http = {
      headers: { Referer: 'https://site/', 'User-Agent': 'me' },
      cookies: { a: '1', b: '2' },
      proxy: 'http://p:1',
    };
    for (const url of ['http://host:81/song.mp3', 'http://host:81/list.m3u8', 'http://host:81/live.mjpg']) {
      const said = inputFlags({ input: url, major: 5, http });
      expect(said[said.indexOf('-headers') + 1]).toBe('Referer: https://site/\r\nUser-Agent: me\r\n');
      expect(said[said.indexOf('-cookies') + 1]).toBe('a=1; path=/; domain=host:81\nb=2; path=/; domain=host:81');
      expect(said[said.indexOf('-http_proxy') + 1]).toBe('http://p:1');
    }
    expect(flags('rtsp://host/1', 5, http)).not.toContain('Referer');
    expect(flags('/music/song.mp3', 5, http)).toBe('');
  });
});

describe('isHls', () => {
  it.each([
    ['https://host/live.m3u8', true],
    ['https://host/live.M3U8#x', true],
    ['https://host/song.mp3?next=list.m3u8', false],
    ['/music/#1?/list.m3u8', true],
    ['/music/list.m3u8.mp3', false],
  ])('%s: %j', (input, expected) => {
    expect(isHls(input)).toBe(expected);
  });
});
