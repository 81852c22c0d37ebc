import { describe, expect, it } from 'vitest';
import { type Command, parseCommand } from '../../src/ffmpeg/parse-command.ts';

describe('parseCommand', () => {
  it.each<[command: string, program: string[], ffmpeg: boolean]>([
    ['ffmpeg -i a', ['ffmpeg'], true],
    ['/opt/ffmpeg-7.1/bin/ffmpeg -i a', ['/opt/ffmpeg-7.1/bin/ffmpeg'], true],
    ['C:\\ffmpeg\\bin\\ffmpeg.exe -i a', ['C:\\ffmpeg\\bin\\ffmpeg.exe'], true],
    ['ffmpeg6 -i a', ['ffmpeg6'], true],
    ['/x/ffmpeg-linux-x86_64-v7.0.2 -i a', ['/x/ffmpeg-linux-x86_64-v7.0.2'], true],
    ['ffmpeg.exe -i a', ['ffmpeg.exe'], true],
    ['ffmpeg-7.1-win64.exe -i a', ['ffmpeg-7.1-win64.exe'], true],
    ['ffmpeg-normalize a.mp3', ['ffmpeg-normalize'], false],
    ['ffmpeg-7.sh -i a', ['ffmpeg-7.sh'], false],
    ['nice -n 5 ffmpeg -i a', ['nice', '-n', '5', 'ffmpeg'], true],
    ['/usr/bin/env LC_ALL=C ffmpeg -i a', ['/usr/bin/env', 'LC_ALL=C', 'ffmpeg'], true],
    ['nice sox a', ['nice'], false],
    ['sox a', ['sox'], false],
    ['yt-dlp --ffmpeg-location /usr/bin/ffmpeg -o - x', ['yt-dlp'], false],
    ['ffmpeg.sh -i a', ['ffmpeg.sh'], false],
  ])('knows the program of %s', (command, program, ffmpeg) => {
    const parsed = parseCommand(command);
    expect(parsed.program).toEqual(program);
    expect(parsed.ffmpeg !== undefined).toBe(ffmpeg);
  });

  it('refuses what starts a program that nobody could end', () => {
    for (const command of ['setsid ffmpeg -i a', 'nice /usr/bin/setsid ffmpeg -i a', 'setsid sox a'])
      expect(() => parseCommand(command)).toThrow('command has setsid, which takes the program out of reach');
    expect(parseCommand('ffmpeg -i setsid').program).toEqual(['ffmpeg']);
  });

  it('takes words as they are', () => {
    const { args } = parseCommand(['ffmpeg', '-i', 'my "song".mp3', '']);
    expect(args).toEqual(['-i', 'my "song".mp3', '']);
  });

  it('lets itself be told whose arguments these are', () => {
    expect(parseCommand('./play.sh -i a', 'command', true)).toMatchObject({
      program: ['./play.sh'],
      ffmpeg: { files: [{ kind: 'input', url: 'a' }] },
    });
    expect(parseCommand('nice ffmpeg -i a', 'command', true).program).toEqual(['nice', 'ffmpeg']);
    expect(parseCommand('ffmpeg -i a', 'command', false)).toMatchObject({ program: ['ffmpeg'], ffmpeg: undefined });
  });

  it.each<[what: string, command: unknown, problem: string]>([
    ['no text', 5, 'commands.video must be a command line, or a list of its words, got 5.'],
    ['nothing', undefined, 'commands.video must be a command line'],
    ['an empty text', ' ', 'commands.video is empty.'],
    ['an empty list', [], 'commands.video is empty.'],
    ['a list without a program', ['', 'x'], 'commands.video is empty.'],
    ['a word that is none', ['ffmpeg', '-t', 5], 'commands.video[2] must be a string, got 5.'],
    ['a NUL character', 'ffmpeg -i a\0b', 'commands.video has a NUL character in word 3.'],
    ['an open quote', 'ffmpeg "', 'commands.video has a double quote that is never closed'],
  ])('refuses %s', (_what, command, problem) => {
    expect(() => parseCommand(command as Command, 'commands.video')).toThrow(problem);
  });
});
