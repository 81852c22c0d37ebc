import { describe, expect, expectTypeOf, it } from 'vitest';
import { CommandError } from '../../src/ffmpeg/command-error.ts';
import type { MediaSource } from '../../src/core/media-source.ts';
import { fromShell, type FromShellOptions } from '../../src/sources/from-shell.ts';
import { fromShells, type FromShellsOptions, type ShellCommands } from '../../src/sources/from-shells.ts';

describe('fromShell', () => {
  it('says what it is without starting anything', () => {
    expectTypeOf(fromShell).returns.toEqualTypeOf<MediaSource>();
    expect(fromShell('ffmpeg -ss 1:30 -i "my song.mp3"')).toMatchObject({
      label: 'ffmpeg -ss 1:30 -i "my song.mp3"',
      seekable: true,
      live: false,
      startMs: 90_000,
    });
    expect(fromShell(['ffmpeg', '-i', 'rtsp://me:secret@camera/1'])).toMatchObject({
      label: 'ffmpeg -i rtsp://***@camera/1',
      seekable: false,
      live: true,
      startMs: 0,
    });
    expect(fromShell('ffmpeg -f lavfi -i sine')).toMatchObject({ seekable: false, live: false });
    expect(fromShell('ffmpeg -i http://radio/1', { live: true })).toMatchObject({ seekable: false, live: true });
    expect(fromShell('ffmpeg -i song.mp3 -c:a aac')).toMatchObject({ seekable: true });
    expect(fromShell('cat song.opus')).toMatchObject({ seekable: false, live: false, startMs: 0 });
  });

  it.each<[what: string, command: string | string[], options: FromShellOptions, problem: string]>([
    ['an open quote', 'ffmpeg -i "song.mp3', {}, 'command has a double quote that is never closed'],
    ['raw output', 'ffmpeg -i a -f s16le -', {}, 'command has -f s16le, which makes raw PCM'],
    [
      'raw pictures',
      'ffmpeg -i a -f rawvideo -',
      { track: 'video' },
      'command has -f rawvideo, which makes raw pictures',
    ],
    ['no command', '', {}, 'command is empty'],
    ['nothing but blanks', ' \t ', {}, 'command is empty'],
  ])('refuses %s when it is made', (_what, command, options, problem) => {
    expect(() => fromShell(command, options)).toThrow(CommandError);
    expect(() => fromShell(command, options)).toThrow(problem);
  });

  it.each<[options: object, problem: string]>([
    [{ track: 'both' }, `options.track must be 'audio' or 'video', got "both".`],
    [{ live: 'yes' }, 'options.live must be a boolean'],
    [{ complete: 1 }, 'options.complete must be a boolean'],
    [{ ffmpegPath: '' }, 'options.ffmpegPath must be a path'],
  ])('refuses %j', (options, problem) => {
    expect(() => fromShell('ffmpeg -i a', options as FromShellOptions)).toThrow(problem);
  });

  it('refuses a position that is none', () => {
    expect(() => fromShell('ffmpeg -i a').open({ startMs: Number.NaN })).toThrow('request.startMs must be a number');
  });
});

describe('fromShells', () => {
  it('says what both are', () => {
    const film = 'ffmpeg -ss 90 -i film.mkv';
    expect(fromShells({ audio: film, video: 'ffmpeg -i film.mkv' })).toMatchObject({
      label: 'ffmpeg -ss 90 -i film.mkv + ffmpeg -i film.mkv',
      startMs: 90_000,
      seekable: true,
      live: false,
    });
    const cover = 'ffmpeg -loop 1 -i cover.jpg';
    expect(fromShells({ audio: film, video: cover })).toMatchObject({ startMs: 90_000, seekable: true });
    expect(fromShells({ audio: 'ffmpeg -f lavfi -i sine', video: film })).toMatchObject({ startMs: 90_000 });
    const camera = 'ffmpeg -f v4l2 -i /dev/video0';
    expect(fromShells({ audio: 'ffmpeg -f lavfi -i sine', video: camera })).toMatchObject({ live: true });
    expect(fromShells({ video: film })).toMatchObject({ label: film });
  });

  it.each<[what: string, commands: unknown, options: object, problem: string]>([
    ['no command', {}, {}, 'commands must be an object with an audio command'],
    ['nothing at all', undefined, {}, 'commands must be an object'],
    ['a leg of blanks', { audio: 'ffmpeg -i a', video: '  ' }, {}, 'commands.video is empty'],
    ['an empty leg', { audio: '', video: 'ffmpeg -i a' }, {}, 'commands.audio is empty'],
    [
      'raw output',
      { audio: 'ffmpeg -i a', video: 'ffmpeg -i a -f yuv4mpegpipe -' },
      {},
      'commands.video has -f yuv4mpegpipe',
    ],
    ['another option', { audio: 'ffmpeg -i a' }, { parallel: 'yes' }, 'options.parallel must be a boolean'],
  ])('refuses %s', (_what, commands, options, problem) => {
    expect(() => fromShells(commands as ShellCommands, options as FromShellsOptions)).toThrow(problem);
  });
});
