import { describe, expect, it } from 'vitest';
import { completeCommand } from '../../src/ffmpeg/complete-command.ts';
import { formatFfmpegArgs, parseFfmpegArgs } from '../../src/ffmpeg/ffmpeg-command.ts';
import { parseMediaDuration } from '../../src/ffmpeg/media-duration.ts';
import { seekCommand, startOfCommand } from '../../src/ffmpeg/seek-command.ts';
import { tokenizeCommand } from '../../src/ffmpeg/tokenize-command.ts';

/** The arguments after a seek, up to what completion has added. */
function seek(args: string, byMs: number): string | undefined {
  const { command, output } = completeCommand(parseFfmpegArgs(tokenizeCommand(args)), {
    kind: 'audio',
    accepts: ['opus'],
  });
  const moved = seekCommand(command, output, byMs);
  return (
    moved &&
    formatFfmpegArgs(moved)
      .join(' ')
      .replace(/ -vn .* -f ogg/, '')
      .replace(/ pipe:1$/, '')
  );
}

function start(args: string): number {
  const { command, output } = completeCommand(parseFfmpegArgs(tokenizeCommand(args)), {
    kind: 'audio',
    accepts: ['opus'],
  });
  return startOfCommand(command, output);
}

describe('startOfCommand', () => {
  it.each([
    ['-i a', 0],
    ['-ss 90 -i a', 90_000],
    ['-ss 00:01:30.5 -i a', 90_500],
    ['-ss 80 -i a -ss 10 -', 90_000],
    ['-i a -ss 2:00', 120_000],
    ['-ss 90 -ss 30 -i a', 30_000],
    ['-i logo.png -ss 90 -i a', 90_000],
    ['-f lavfi -i sine -ss 5 -i a -ss 7 -i b', 5_000],
    ['-stream_loop -1 -ss 30 -i a', 30_000],
  ])('of %s is %d ms', (args, ms) => {
    expect(start(args)).toBe(ms);
  });
});

describe('seekCommand', () => {
  it.each<[what: string, args: string, byMs: number, moved: string | undefined]>([
    ['leaves a command alone that is not moved', '-ss 1:30 -i a -t 5', 0, '-ss 1:30 -i a -t 5'],
    ['puts -ss before the input', '-user_agent x -i a', 12_345, '-user_agent x -ss 12.345 -i a'],
    ["adds to the input's own", '-ss 1:30 -i a', 40_000, '-ss 130.000 -i a'],
    ['moves back', '-ss 90 -i a', -30_000, '-ss 60.000 -i a'],
    ['moves back to the beginning', '-ss 90 -i a', -90_000, '-i a'],
    ['and not before it', '-ss 90 -i a', -100_000, '-i a'],
    ['moves all inputs that can seek', '-ss 90 -i a -i b', 10_000, '-ss 100.000 -i a -ss 10.000 -i b'],
    ['and each no further back than it goes', '-ss 90 -i a -ss 5 -i b', -30_000, '-ss 60.000 -i a -i b'],
    ['leaves stills alone', '-i a -i logo.png', 5_000, '-ss 5.000 -i a -i logo.png'],
    ['and loops', '-i a -stream_loop -1 -i b -loop 1 -i c', 5_000, '-ss 5.000 -i a -stream_loop -1 -i b -loop 1 -i c'],
    ['and generators', '-f lavfi -i anoisesrc -i a', 5_000, '-f lavfi -i anoisesrc -ss 5.000 -i a'],
    ['and what is live', '-i rtmp://h/a -i a', 5_000, '-i rtmp://h/a -ss 5.000 -i a'],
    ['and devices', '-f alsa -i default -i a', 5_000, '-f alsa -i default -ss 5.000 -i a'],
    ['and other outputs', '-i a -ss 3 b.wav -af x', 5_000, '-ss 5.000 -i a -ss 3 b.wav -af x'],
    ['keeps the -ss of the output', '-ss 80 -i a -ss 10', 20_000, '-ss 100.000 -i a -ss 10'],
    ['and takes from it what the input has not', '-ss 80 -i a -ss 10', -85_000, '-i a -ss 5.000'],
    ['shortens what is to be read', '-ss 90 -t 30 -i a', 10_000, '-t 20.000 -ss 100.000 -i a'],
    ['but for an end that is a position', '-ss 90 -to 120 -i a', 10_000, '-to 120 -ss 100.000 -i a'],
    ['shortens what is to be written', '-i a -t 30', 10_000, '-ss 10.000 -i a -t 20.000'],
    ['to its end as well', '-i a -to 0:30', 10_000, '-ss 10.000 -i a -to 20.000'],
    ['lengthens it on the way back', '-ss 90 -i a -t 30', -10_000, '-ss 80.000 -i a -t 40.000'],
    ['also where the input begins', '-ss 80 -i a -ss 10 -t 30', -85_000, '-i a -t 115.000 -ss 5.000'],
    ['knows when nothing is left', '-i a -t 30', 30_000, undefined],
    ['of the input as well', '-t 30 -i a', 31_000, undefined],
  ])('%s', (_what, args, byMs, moved) => {
    expect(seek(args, byMs)).toBe(moved);
  });
});

describe('parseMediaDuration', () => {
  it.each([
    ['90', 90_000],
    ['1.5', 1_500],
    ['.5', 500],
    ['-2', -2_000],
    ['1:30', 90_000],
    ['01:02:03.25', 3_723_250],
    ['-0:10', -10_000],
    ['90s', 90_000],
    ['250ms', 250],
    ['1500us', 1.5],
  ])('reads %s', (text, ms) => {
    expect(parseMediaDuration(text)).toBe(ms);
  });

  it.each(['', 'soon', '1:2:3:4', '5m', '1e3', '10 ', '--5'])('does not take "%s" for a time', (text) => {
    expect(parseMediaDuration(text)).toBeUndefined();
  });
});
