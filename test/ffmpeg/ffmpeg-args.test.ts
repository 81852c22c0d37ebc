import { describe, expect, it } from 'vitest';
import { mediaArgs, type MediaArgsOptions } from '../../src/ffmpeg/ffmpeg-args.ts';
import type { VideoEncoding } from '../../src/ffmpeg/video-args.ts';

const audio = { audioBitrateKbps: 128, audioChannels: 2 } as const;
const video: VideoEncoding = {
  codec: 'vp8',
  videoBitrateKbps: 800,
  videoWidth: 1280,
  videoHeight: 720,
  videoFps: 30,
  videoFit: 'fit',
  videoCodec: undefined,
};

function args(options: Partial<MediaArgsOptions> = {}): string {
  return mediaArgs({ input: '/music/song.mp3', startMs: 0, major: 5, audio, ...options }).join(' ');
}

describe('mediaArgs', () => {
  it('asks for Opus in Ogg of 20 ms, one packet a page, from the first audio stream, unpaced', () => {
    expect(args()).toBe(
      '-hide_banner -nostdin -loglevel repeat+level+warning -threads 1 -i file:/music/song.mp3 ' +
        '-map 0:a:0 -vn -sn -dn -map_metadata -1 -map_chapters -1 ' +
        '-c:a libopus -b:a 128k -vbr on -application audio -frame_duration 20 -ar 48000 -ac 2 ' +
        '-page_duration 20000 -f ogg pipe:1',
    );
  });

  it('asks for AAC in ADTS, frame by frame, when that is wanted', () => {
    expect(args({ audio: { ...audio, codec: 'aac' } })).toMatch(
      / -c:a aac -b:a 128k -ar 48000 -ac 2 -flush_packets 1 -f adts pipe:1$/,
    );
  });

  it('passes bitrate and channels on', () => {
    expect(args({ audio: { audioBitrateKbps: 24, audioChannels: 1 } })).toMatch(/-b:a 24k .*-ac 1 /);
  });

  it('seeks the input to before the start, and drops what comes before it of the output', () => {
    expect(args({ startMs: 61_250.4 })).toMatch(/-ss 60\.750 -threads 1 -i \S+ -ss 0\.500 -map/);
    expect(args({ startMs: 200 })).toMatch(/warning -threads 1 -i \S+ -ss 0\.200 -map/);
  });

  it('gives a path as one that cannot be taken for an option or a protocol', () => {
    expect(args({ input: '/music/a:b%03d.mp3' })).toContain(' -i file:/music/a:b%03d.mp3 ');
    expect(args({ input: 'http://host/a.mp3' })).toContain(' -i http://host/a.mp3 ');
  });
});

describe('mediaArgs of an input that is out of the ordinary', () => {
  it('reads up to the start where it cannot seek, and lets filters count from there', () => {
    const read = args({ startMs: 9500, readsToStart: true, video, filters: { audio: 'afade=t=in:d=2' } });
    expect(read).not.toContain('-ss');
    expect(read).toContain('-af atrim=start=9.500,asetpts=PTS-9.500/TB,afade=t=in:d=2,aresample=async=1:first_pts=0 ');
    expect(read).toContain('-vf trim=start=9.500,setpts=PTS-9.500/TB,fps=');
  });

  it('plays one program of several', () => {
    expect(args({ video, program: 2 })).toMatch(/-map 0:p:2:a:0 .* -map 0:p:2:V:0 /);
    expect(args({ video, program: 2, major: 4 })).toMatch(/-map 0:a:0 .* -map 0:V:0 /);
  });

  it('takes the video from somewhere else, from the same start, with headers of its own', () => {
    const videoFrom = { input: 'https://host/v', http: { headers: { 'X-A': 'v' } } };
    const apart = { input: 'https://host/a', videoFrom, startMs: 2000 };
    expect(args({ ...apart, video })).toMatch(
      /-ss 1\.500 -rw_timeout .* -i https:\/\/host\/a -ss 1\.500 .*-headers X-A: v\r\n .*-i https:\/\/host\/v -ss 0\.500 -map 0:a:0 .* -map 1:V:0 /,
    );
    expect(args({ ...apart, video, audio: undefined })).toMatch(/-i https:\/\/host\/v -ss 0\.500 -map 0:V:0 /);
    expect(args(apart)).not.toContain('host/v');
  });

  it('copies what needs no encoding, unless it has to be filtered, or cut', () => {
    const copies = ['audio', 'video'] as const;
    expect(args({ video, copies })).toMatch(
      /-c:a copy -page_duration 20000 -f ogg .*-c:v copy -flush_packets 1 -f ivf/,
    );
    expect(args({ copies, filters: { audio: 'volume=2' } })).toContain('-c:a libopus');
    expect(args({ copies, startMs: 1000, readsToStart: true })).toContain('-c:a libopus');
  });
});

describe('mediaArgs of video', () => {
  it('makes VP8 in IVF without looking ahead, a keyframe a second, no larger than asked for, from the start', () => {
    expect(args({ audio: undefined, video })).toBe(
      '-hide_banner -nostdin -loglevel repeat+level+warning -threads 2 -fpsprobesize 0 -i file:/music/song.mp3 ' +
        '-map 0:V:0 -an -sn -dn -map_metadata -1 -map_chapters -1 ' +
        "-vf fps=fps=30:start_time=0,scale=w='max(2,2*round(iw*sar*min(1,min(1280/(iw*sar),720/ih))/2))':" +
        "h='max(2,2*round(ih*min(1,min(1280/(iw*sar),720/ih))/2))',setsar=1 -pix_fmt yuv420p " +
        '-c:v libvpx -deadline realtime -cpu-used 8 -lag-in-frames 0 -auto-alt-ref 0 -error-resilient 1 -threads 1 ' +
        '-b:v 800k -maxrate 800k -bufsize 800k -g 30 -bf 0 -flush_packets 1 -f ivf pipe:1',
    );
  });

  it('makes H.264 that has no B-frames, by the encoder that is asked for', () => {
    const h264 = { ...video, codec: 'h264', videoFps: 29.97 } as const;
    expect(args({ video: h264 })).toMatch(/-c:v libx264 .*-profile:v baseline .*-g 30 -bf 0 .*-f h264 pipe:3$/);
    const vaapi = args({ video: { ...h264, videoCodec: 'h264_vaapi' } });
    expect(vaapi).toMatch(/-c:v h264_vaapi -b:v 800k .*-f h264/);
    expect(vaapi).not.toContain('preset');
  });

  it('can pad, stretch and filter', () => {
    expect(args({ video: { ...video, videoFit: 'pad' } })).toContain(
      ',setsar=1,pad=w=1280:h=720:x=(ow-iw)/2:y=(oh-ih)/2 ',
    );
    expect(args({ video: { ...video, videoFit: 'stretch' } })).toContain(',scale=w=1280:h=720,setsar=1 ');
    const filtered = args({ video, filters: { audio: 'volume=2', video: 'hflip' } });
    expect(filtered).toContain('-af volume=2,aresample=async=1:first_pts=0 ');
    expect(filtered).toContain('-vf hflip,fps=fps=30:start_time=0,');
    expect(args({ filters: { audio: 'atempo=2' }, startMs: 5000 })).toMatch(/-ss 5\.000 -threads 1 -i \S+ -map/);
  });

  it('begins both legs at the start, on two pipes, and fills holes in the sound', () => {
    const both = args({ video, startMs: 10_000 });
    expect(both).toMatch(/^.* -ss 9\.500 .*-i \S+ -ss 0\.500 -map 0:a:0 .* pipe:1 -ss 0\.500 -map 0:V:0 .* pipe:3$/);
    expect(both).toContain('-af aresample=async=1:first_pts=0 ');
    expect(args({ inSync: true })).toContain('-af aresample=async=1:first_pts=0 ');
  });

  it('puts arguments of the user behind its own, before the input and in each output', () => {
    const own = args({ video, threads: 2, inputArgs: ['-re'], outputArgs: ['-b:v', '1M'] });
    expect(own).toContain('-threads 2 -re -i ');
    expect(own.match(/-f \w+ -threads 2 -b:v 1M pipe:\d/g)).toHaveLength(2);
  });
});
