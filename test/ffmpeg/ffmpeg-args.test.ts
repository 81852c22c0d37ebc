import { describe, expect, it } from 'vitest';
import { audioArgs, type AudioArgsOptions } from '../../src/ffmpeg/ffmpeg-args.ts';
import { inputFlags, isHls } from '../../src/ffmpeg/input-flags.ts';

function args(options: Partial<AudioArgsOptions> = {}): string {
  return audioArgs({
    input: '/music/song.mp3',
    startMs: 0,
    major: 5,
    audioBitrateKbps: 128,
    audioChannels: 2,
    ...options,
  }).join(' ');
}

describe('audioArgs', () => {
  it('asks for Opus in Ogg of 20 ms, one packet a page, from the first audio stream, unpaced', () => {
    expect(args()).toBe(
      '-hide_banner -nostdin -loglevel repeat+level+warning -i file:/music/song.mp3 ' +
        '-map 0:a:0 -vn -sn -dn -map_metadata -1 -map_chapters -1 ' +
        '-c:a libopus -b:a 128k -vbr on -application audio -frame_duration 20 -ar 48000 -ac 2 ' +
        '-page_duration 20000 -f ogg pipe:1',
    );
  });

  it('passes bitrate and channels on', () => {
    expect(args({ audioBitrateKbps: 24, audioChannels: 1 })).toMatch(/-b:a 24k .*-ac 1 /);
  });

  it('seeks the input to before the start, and drops what comes before it of the output', () => {
    expect(args({ startMs: 61_250.4 })).toMatch(/-ss 60\.750 -i \S+ -ss 0\.500 -map/);
    expect(args({ startMs: 200 })).toMatch(/warning -i \S+ -ss 0\.200 -map/);
  });

  it('gives a path as one that cannot be taken for an option or a protocol', () => {
    expect(args({ input: '/music/a:b%03d.mp3' })).toContain(' -i file:/music/a:b%03d.mp3 ');
    expect(args({ input: 'http://host/a.mp3' })).toContain(' -i http://host/a.mp3 ');
  });
});

describe('inputFlags', () => {
  const flags = (input: string): string => inputFlags({ input, major: 5 }).join(' ');

  it('leaves files alone', () => {
    expect(flags('/music/song.mp3')).toBe('');
    expect(flags('/music/https:/song.mp3')).toBe('');
  });

  it('gives http a time-out, a short analysis, and one try to go on with a download', () => {
    for (const url of ['http://host/song.mp3', 'HTTPS://host/song.mp3']) {
      expect(flags(url)).toContain('-rw_timeout 10000000');
      expect(flags(url)).toContain('-analyzeduration 500000 -probesize 1000000');
      expect(flags(url)).toContain('-reconnect 1 -reconnect_delay_max 0');
    }
  });

  it('leaves it to HLS itself to fetch again, and knows it by its path', () => {
    expect(flags('https://host/live.m3u8?x=1')).not.toContain('reconnect');
    expect(isHls('https://host/live.m3u8')).toBe(true);
    expect(isHls('https://host/live.M3U8#x')).toBe(true);
    expect(isHls('https://host/song.mp3?next=list.m3u8')).toBe(false);
  });
});
