import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec, MediaKind } from '../../src/core/sample.ts';
import { CommandError } from '../../src/ffmpeg/command-error.ts';
import { completeCommand, type CompletedCommand } from '../../src/ffmpeg/complete-command.ts';
import { formatFfmpegArgs, parseFfmpegArgs } from '../../src/ffmpeg/ffmpeg-command.ts';
import { quoteArg } from '../../src/ffmpeg/quote-arg.ts';
import { seekCommand } from '../../src/ffmpeg/seek-command.ts';
import { tokenizeCommand } from '../../src/ffmpeg/tokenize-command.ts';

function complete(args: string, kind: MediaKind, accepts?: readonly Codec[]): CompletedCommand {
  const taken = accepts ?? (kind === 'audio' ? ['opus'] : ['vp8', 'h264']);
  return completeCommand(parseFfmpegArgs(tokenizeCommand(args)), { kind, accepts: taken });
}

const written = ({ command }: CompletedCommand): string => formatFfmpegArgs(command).map(quoteArg).join(' ');
const audio = (args: string): string => written(complete(args, 'audio'));
const video = (args: string, accepts?: readonly Codec[]): string => written(complete(args, 'video', accepts));

const VN = '-vn';
const OPUS = '-c:a libopus -application audio -frame_duration 20';
const STEREO = '-ar 48000 -ac 2';
const OGG = '-page_duration 20000 -f ogg pipe:1';
const ALL_AUDIO = `${VN} ${OPUS} ${STEREO} ${OGG}`;
const VP8 = '-c:v libvpx -deadline realtime -pix_fmt yuv420p';
const ALL_VIDEO = `${VP8} -f ivf pipe:1`;
const X264 = '-preset veryfast -tune zerolatency -profile:v baseline -bf 0 -pix_fmt yuv420p';
const H264 = `-c:v libx264 ${X264}`;

describe('an audio leg for a sink that takes AAC', () => {
  const aac = (args: string): string => written(complete(args, 'audio', ['aac']));

  it.each([
    ['nothing said', '-i a.mp3', `-i a.mp3 ${VN} -c:a aac ${STEREO} -flush_packets 1 -f adts pipe:1`],
    [
      'its own bitrate',
      '-i a -b:a 64k -ac 1 -',
      `-i a -b:a 64k -ac 1 ${VN} -c:a aac -ar 48000 -flush_packets 1 -f adts pipe:1`,
    ],
    ['its own encoder', '-i a -c:a libfdk_aac', `-i a -c:a libfdk_aac ${VN} ${STEREO} -flush_packets 1 -f adts pipe:1`],
    ['a copy', '-i a -c:a copy', `-i a -c:a copy ${VN} -flush_packets 1 -f adts pipe:1`],
  ])('is completed: %s', (_, args, expected) => {
    expect(aac(args)).toBe(expected);
    expect(complete(args, 'audio', ['aac']).codec).toBe('aac');
  });

  it.each([
    ['-i a -c:a libopus', '-c:a libopus, which does not make AAC: leave it out, or write -c:a aac -f adts'],
    ['-i a -f ogg -', '-f ogg, which does not make ADTS: leave it out, or write -c:a aac -f adts'],
  ])('is refused: %s', (args, problem) => {
    expect(() => aac(args)).toThrow(problem);
  });
});

describe('an audio leg for any sink', () => {
  it.each([
    ['-i a', 'opus'],
    ['-i a -c:a copy', 'opus'],
    ['-i a -c:a aac -b:a 96k', 'aac'],
    ['-i a -c:a libfdk_aac -f adts -', 'aac'],
    ['-i a -c:a copy -f adts -', 'aac'],
    ['-i a -f opus -', 'opus'],
  ])('of %s is %s', (args, codec) => {
    expect(complete(args, 'audio', ['opus', 'aac']).codec).toBe(codec);
  });

  it.each([
    ['-i a -c:a libmp3lame', '-c:a libmp3lame, which does not make Opus: leave it out, or write -c:a libopus -f ogg'],
    ['-i a -c:a aac -f ogg -', '-c:a aac, which does not make Opus'],
    ['-i a -c:a libopus -f adts -', '-f adts, which does not make Ogg'],
  ])('is refused: %s', (args, problem) => {
    expect(() => complete(args, 'audio', ['opus', 'aac'])).toThrow(problem);
  });
});

describe('an audio leg', () => {
  it.each([
    ['nothing said', '-i a.mp3', `-i a.mp3 ${ALL_AUDIO}`],
    ['the output named', '-i a.mp3 pipe:1', `-i a.mp3 ${ALL_AUDIO}`],
    ['the output named -', '-i a.mp3 -', `-i a.mp3 ${ALL_AUDIO}`],
    ['a filter', '-i a.mp3 -af volume=2', `-i a.mp3 -af volume=2 ${ALL_AUDIO}`],
    ['options behind the output', '-i a.mp3 pipe:1 -af volume=2', `-i a.mp3 -af volume=2 ${ALL_AUDIO}`],
    [
      'its own codec by -c',
      '-i a -c libopus',
      `-i a -c libopus ${VN} -application audio -frame_duration 20 ${STEREO} ${OGG}`,
    ],
    ['by -c:a', '-i a -c:a opus', `-i a -c:a opus ${VN} ${STEREO} ${OGG}`],
    ['by -codec:a', '-i a -codec:a opus', `-i a -codec:a opus ${VN} ${STEREO} ${OGG}`],
    ['by -c:a:0', '-i a -c:a:0 opus', `-i a -c:a:0 opus ${VN} ${STEREO} ${OGG}`],
    ['by -acodec', '-i a -acodec opus', `-i a -acodec opus ${VN} ${STEREO} ${OGG}`],
    ['a codec for video', '-i a -c:v libx264', `-i a -c:v libx264 ${ALL_AUDIO}`],
    ['a copy, which no encoder sees', '-i a -c:a copy', `-i a -c:a copy ${VN} ${OGG}`],
    [
      'its own values',
      '-i a -ar 24000 -ac:a 1 -frame_duration 60 -application voip -page_duration 60000 -vn -f opus -',
      `-i a -ar 24000 -ac:a 1 -frame_duration 60 -application voip -page_duration 60000 -vn -f opus -c:a libopus pipe:1`,
    ],
    ['a channel layout', '-i a -channel_layout mono', `-i a -channel_layout mono ${VN} ${OPUS} -ar 48000 ${OGG}`],
    ['raw PCM as input', '-f s16le -ar 24000 -ac 1 -i a.pcm', `-f s16le -ar 24000 -ac 1 -i a.pcm ${ALL_AUDIO}`],
    ['a decoder of the input', '-c:a pcm_s16le -i a.wav', `-c:a pcm_s16le -i a.wav ${ALL_AUDIO}`],
    ['a list as input', '-f concat -safe 0 -i l.txt', `-f concat -safe 0 -i l.txt ${ALL_AUDIO}`],
    ['two inputs', '-i a -i b -filter_complex amix=inputs=2', `-i a -i b -filter_complex amix=inputs=2 ${ALL_AUDIO}`],
    ['no input at all', '-filter_complex sine=d=1', `-filter_complex sine=d=1 ${ALL_AUDIO}`],
    ['a second output to a file', '-i a -c copy b.mp3', `-i a -c copy b.mp3 ${ALL_AUDIO}`],
    ['a file before what is played', '-i a b.wav -af volume=2 -', `-i a b.wav -af volume=2 ${ALL_AUDIO}`],
    ['a file behind what is played', '-i a -af volume=2 - b.wav', `-i a b.wav -af volume=2 ${ALL_AUDIO}`],
    [
      'flags, which take no value',
      '-re -copyts -i a -shortest -nostats -',
      `-re -copyts -i a -shortest -nostats ${ALL_AUDIO}`,
    ],
    ['an unknown flag before an input', '-brand_new -i a', `-brand_new -i a ${ALL_AUDIO}`],
    [
      'a flag that once took a value',
      '-autorotate 0 -i a -noautoscale -',
      `-autorotate 0 -i a -noautoscale ${ALL_AUDIO}`,
    ],
    [
      'values that begin with a dash',
      '-ss -5 -i a -map -0:v -af volume=-6dB',
      `-ss -5 -i a -map -0:v -af volume=-6dB ${ALL_AUDIO}`,
    ],
    ['an empty value', '-i a -metadata ""', `-i a -metadata "" ${ALL_AUDIO}`],
  ])('with %s', (_what, args, completed) => {
    expect(audio(args)).toBe(completed);
  });

  it('probes a URL for no longer than needed, unless told how long', () => {
    const url = 'http://host/a.mp3';
    const probe = '-analyzeduration 500000 -probesize 1000000';
    expect(audio(`-user_agent x -i ${url} -i b.mp3`)).toBe(`-user_agent x ${probe} -i ${url} -i b.mp3 ${ALL_AUDIO}`);
    expect(audio(`-probesize 32k -i ${url}`)).toBe(`-probesize 32k -i ${url} ${ALL_AUDIO}`);
    expect(video(`-i ${url}`)).toBe(`-i ${url} ${ALL_VIDEO}`);
  });

  it('does not let ffmpeg read a playlist again and again', () => {
    const flags = '-reconnect 1 -reconnect_at_eof 1 -probesize 1M';
    const left = '-reconnect 1 -probesize 1M';
    expect(audio(`${flags} -i https://h/a.m3u8?x=1`)).toBe(`${left} -i https://h/a.m3u8?x=1 ${ALL_AUDIO}`);
    expect(audio(`${flags} -f hls -i https://h/a`)).toBe(`${left} -f hls -i https://h/a ${ALL_AUDIO}`);
    expect(audio(`${flags} -i https://h/a.mp3`)).toBe(`${flags} -i https://h/a.mp3 ${ALL_AUDIO}`);
  });

  it('turns the line ends written out in headers into real ones, and no others', () => {
    const { command } = complete(String.raw`-headers "A: b\r\nC: d\r\n" -i C:\r\n.mp3 -metadata "x=\r\n"`, 'audio');
    expect(formatFfmpegArgs(command).slice(0, 6)).toEqual([
      ...['-headers', 'A: b\r\nC: d\r\n', '-i', 'C:\\r\\n.mp3', '-metadata', 'x=\\r\\n'],
    ]);
  });

  it.each([
    ['-i a -c:a pcm_s16le -', '-c:a pcm_s16le, which makes raw PCM: leave it out, or write -c:a libopus -f ogg'],
    ['-i a -acodec pcm_mulaw', '-acodec pcm_mulaw, which makes raw PCM'],
    ['-i a -f s16le -', '-f s16le, which makes raw PCM'],
    ['-i a -f f32le -', '-f f32le, which makes raw PCM'],
    ['-f s16le -i a -f u8 -', '-f u8, which makes raw PCM'],
    ['-i a -c:a libmp3lame -', '-c:a libmp3lame, which does not make Opus'],
    ['-i a -f mp3 -', '-f mp3, which does not make Ogg'],
    ['-i a -ac 6', '-ac 6, and only mono and stereo can be sent'],
    ['-i a -an', '-an, which leaves no audio'],
    ['-i - -af volume=2', 'reads its standard input, which is empty: use fromStream'],
    ['-f s16le -i pipe:0 -', 'reads its standard input'],
    ['-i a -af', 'ends with -af, which wants a value'],
    ['-f ogg -i', 'ends with -i, which wants a value'],
    ['-i a - pipe:1', 'has several outputs that are to be played'],
    ['-ss soon -i a', '-ss soon, which is no time'],
  ])('is refused for %s', (args, problem) => {
    expect(() => audio(args)).toThrow(CommandError);
    expect(() => audio(args)).toThrow(problem);
  });
});

describe('a video leg', () => {
  it.each([
    ['nothing said', '-i a.mp4', `-i a.mp4 ${ALL_VIDEO}`],
    [
      'size, rate and bitrate',
      '-i a -vf scale=1280:720 -r 30 -b:v 1500k',
      `-i a -vf scale=1280:720 -r 30 -b:v 1500k ${ALL_VIDEO}`,
    ],
    ['a grabbed screen', '-f x11grab -framerate 30 -i :0.0', `-f x11grab -framerate 30 -i :0.0 ${ALL_VIDEO}`],
    [
      'raw pictures as input',
      '-f rawvideo -pix_fmt rgb24 -s 320x240 -i a',
      `-f rawvideo -pix_fmt rgb24 -s 320x240 -i a ${ALL_VIDEO}`,
    ],
    ['libvpx by -c:v', '-i a -c:v libvpx', `-i a -c:v libvpx -deadline realtime -pix_fmt yuv420p -f ivf pipe:1`],
    [
      'its own deadline',
      '-i a -vcodec libvpx -quality good -pix_fmt yuva420p',
      `-i a -vcodec libvpx -quality good -pix_fmt yuva420p -f ivf pipe:1`,
    ],
    ['an encoder in hardware', '-i a -codec:v vp8_vaapi', `-i a -codec:v vp8_vaapi -f ivf pipe:1`],
    ['a codec for audio', '-i a -c:a aac', `-i a -c:a aac ${ALL_VIDEO}`],
    ['a copy', '-i a.ivf -c copy', `-i a.ivf -c copy -f ivf pipe:1`],
    ['H.264 by its encoder', '-i a -c:v libx264 -r 25', `-i a -c:v libx264 -r 25 ${X264} -f h264 pipe:1`],
    ['H.264 by its format', '-i a -f h264 -', `-i a -f h264 ${H264} -r 30 pipe:1`],
    ['H.264 in hardware', '-i a -c:v h264_nvenc -r 60', `-i a -c:v h264_nvenc -r 60 -f h264 pipe:1`],
    ['H.264 that is copied', '-i a -c:v copy -r film -f h264 -', `-i a -c:v copy -r film -f h264 pipe:1`],
  ])('with %s', (_what, args, completed) => {
    expect(video(args)).toBe(completed);
  });

  it('is what the sink takes', () => {
    expect(complete('-i a', 'video', ['vp8', 'h264'])).toMatchObject({ codec: 'vp8', frameRate: undefined });
    expect(complete('-i a', 'video', ['h264'])).toMatchObject({ codec: 'h264', frameRate: 30 });
    expect(complete('-i a', 'video', ['h264', 'vp8'])).toMatchObject({ codec: 'h264' });
    expect(video('-i a', ['h264'])).toBe(`-i a ${H264} -r 30 -f h264 pipe:1`);
    expect(() => video('-i a -c:v libx264', ['vp8'])).toThrow('makes H.264 by -c:v libx264, and the sink takes VP8');
    expect(() => video('-i a -f ivf -', ['h264'])).toThrow('makes VP8 by -f ivf, and the sink takes H.264');
    expect(() => video('-i a', [])).toThrow('makes VP8, and the sink takes no video');
  });

  it.each([
    ['25', 25],
    ['30000/1001', 30_000 / 1001],
    ['23.976', 23.976],
    ['ntsc-film', 24_000 / 1001],
    ['pal', 25],
  ])('of H.264 at -r %s knows its frame rate', (rate, perSecond) => {
    expect(complete(`-i a -c:v libx264 -r ${rate}`, 'video').frameRate).toBe(perSecond);
    expect(complete(`-r 10 -i a -c:v libx264 -r:v ${rate}`, 'video').frameRate).toBe(perSecond);
  });

  it.each([
    ['-i a -c:v rawvideo -', '-c:v rawvideo, which makes raw pictures: leave it out, or write -c:v libvpx'],
    ['-i a -f rawvideo -', '-f rawvideo, which makes raw pictures: leave it out, or write -f ivf'],
    ['-i a -f yuv4mpegpipe -', '-f yuv4mpegpipe, which makes raw pictures'],
    ['-i a -c:v libvpx-vp9', '-c:v libvpx-vp9, which makes neither VP8 nor H.264'],
    ['-i a -f mp4 -', '-f mp4, which cannot be read'],
    ['-i a -c:v libx264 -f ivf -', '-c:v libx264 and -f ivf, which do not go together'],
    ['-i a -vn', '-vn, which leaves no video'],
    ['-i a -c:v copy -f h264 -', 'say its frame rate with -r'],
    ['-i a -c:v libx264 -r fast', '-r fast, which is no frame rate'],
  ])('is refused for %s', (args, problem) => {
    expect(() => video(args)).toThrow(problem);
  });
});

describe('what a command is like', () => {
  const like = (args: string): object => {
    const { live, seekable, endless } = complete(args, 'video');
    return { live, seekable, endless };
  };
  const FILE = { live: false, seekable: true, endless: false };
  const STILL = { live: false, seekable: false, endless: false };
  const ENDLESS = { live: false, seekable: false, endless: true };
  const LIVE = { live: true, seekable: false, endless: true };

  it.each([
    ['-i a.mp4', FILE],
    ['-i https://host/a.mp4?x=1', FILE],
    ['-f concat -i l.txt', FILE],
    ['-i concat:a.ts|b.ts', FILE],
    ['-i C:\\a.mp4', FILE],
    ['-loop 0 -i a.mp4', FILE],
    ['-sseof -60 -i a.mp4', STILL],
    ['-i a.PNG', STILL],
    ['-i http://host/logo.png?w=2', STILL],
    ['-f image2 -i %03d.xyz', STILL],
    ['-f lavfi -i testsrc=d=5', STILL],
    ['-f lavfi -i sine=440:duration=5', STILL],
    ['-f lavfi -t 5 -i testsrc', STILL],
    ['-f lavfi -i movie=a.mp4', STILL],
    ['-stream_loop 2 -i a.mp4', STILL],
    ['-loop 1 -t 5 -i a.png', STILL],
    ['-loop 1 -i a.png -t 5', STILL],
    ['-loop 1 -i a.png', ENDLESS],
    ['-stream_loop -1 -i a.mp4', ENDLESS],
    ['-f lavfi -i testsrc', ENDLESS],
    ['-f x11grab -i :0.0', LIVE],
    ['-f v4l2 -i /dev/video0', LIVE],
    ['-i rtsp://host/1', LIVE],
    ['-i rtmps://host/1', LIVE],
    ['-i srt://host:9000?mode=caller', LIVE],
    ['-i udp://239.0.0.1:1234', LIVE],
    ['-i a.mp4 -i logo.png -filter_complex overlay', FILE],
    ['-i a.mp4 -loop 1 -i logo.png -filter_complex overlay', { ...FILE, endless: true }],
    ['-i a.mp4 -loop 1 -i logo.png -filter_complex overlay=shortest=1', FILE],
    ['-i a.mp4 -f v4l2 -i /dev/video0 -filter_complex overlay', { live: true, seekable: true, endless: true }],
  ])('%s', (args, expected) => {
    expect(like(args)).toEqual(expected);
  });
});

describe('whatever the words are, a command', () => {
  const words = [
    '-i',
    'a',
    '-',
    'pipe:1',
    'b.png',
    '-f',
    'ogg',
    'lavfi',
    '-vn',
    '-an',
    '-ss',
    '5',
    '-t',
    '-to',
    '-c:a',
    '-c',
  ];
  const more = [
    'libopus',
    'copy',
    'libx264',
    '-r',
    '0/0',
    '-headers',
    '',
    '-loop',
    '1',
    '-re',
    '-filter_complex',
    '-ac',
    '2',
  ];
  const args = fc.array(fc.oneof(fc.constantFrom(...words, ...more), fc.string()), { maxLength: 16 });
  const kinds = fc.constantFrom<MediaKind>('audio', 'video');

  it('is completed, and then lacks nothing, or is refused with an error of ours', () => {
    fc.assert(
      fc.property(args, kinds, (given, kind) => {
        const options = { kind, accepts: kind === 'audio' ? (['opus'] as const) : (['vp8', 'h264'] as const) };
        try {
          const completed = formatFfmpegArgs(completeCommand(parseFfmpegArgs(given), options).command);
          expect(completed.at(-1)).toBe('pipe:1');
          expect(formatFfmpegArgs(completeCommand(parseFfmpegArgs(completed), options).command)).toEqual(completed);
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('can be moved to and fro', () => {
    fc.assert(
      fc.property(args, fc.integer({ min: -100_000, max: 100_000 }), (given, byMs) => {
        try {
          const { command, output } = completeCommand(parseFfmpegArgs(given), { kind: 'audio', accepts: ['opus'] });
          const moved = seekCommand(command, output, byMs);
          expect(moved?.files.at(-1)?.url ?? 'pipe:1').toBe('pipe:1');
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseFfmpegArgs', () => {
  it('loses nothing and reorders nothing', () => {
    const word = fc.constantFrom(
      '-i',
      '-',
      'a',
      '-f',
      'ogg',
      '-vn',
      '-ss',
      '5',
      '-c:a:0',
      '-noautorotate',
      '-autorotate',
      '1',
      '',
    );
    fc.assert(
      fc.property(fc.array(word), (args) => {
        expect(formatFfmpegArgs(parseFfmpegArgs(args))).toEqual(args);
      }),
    );
  });
});
