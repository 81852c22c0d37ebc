import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RxcallError } from '../../src/core/errors.ts';
import { CommandError } from '../../src/ffmpeg/command-error.ts';
import { quoteArg } from '../../src/ffmpeg/quote-arg.ts';
import { shell } from '../../src/ffmpeg/shell.ts';
import { tokenizeCommand } from '../../src/ffmpeg/tokenize-command.ts';

function errorOf(run: () => unknown): CommandError {
  try {
    run();
  } catch (error) {
    return error as CommandError;
  }
  throw new Error('Nothing was thrown.');
}

describe('tokenizeCommand', () => {
  it.each<[rule: string, command: string, words: string[]]>([
    ['cuts at blanks, tabs and line ends', ' ffmpeg\t-i  a.mp3\r\n -f\nogg ', ['ffmpeg', '-i', 'a.mp3', '-f', 'ogg']],
    ['keeps together what is quoted', '-i "my song.mp3"', ['-i', 'my song.mp3']],
    ['lets quotes begin and end within a word', 'foo"a b"bar"c"', ['fooa bbarc']],
    ['keeps empty arguments', '-metadata "" "" x', ['-metadata', '', '', 'x']],
    ['takes single quotes literally', `drawtext=text='a b'`, [`drawtext=text='a`, `b'`]],
    ['keeps line ends and tabs within quotes', '"a\r\nb\tc"', ['a\r\nb\tc']],
    ['knows \\" and \\\\ within quotes', String.raw`"(From \"Foo\") C:\\x"`, [String.raw`(From "Foo") C:\x`]],
    ['knows \\" and \\\\ outside quotes', String.raw`a\"b c\\ d`, ['a"b', 'c\\', 'd']],
    [
      'takes any other backslash literally',
      String.raw`C:\music\new "a\r\n" x\ y`,
      [String.raw`C:\music\new`, String.raw`a\r\n`, 'x\\', 'y'],
    ],
    ['takes a backslash at the end literally', 'a\\', ['a\\']],
    ['expands nothing', '$HOME *.mp3 `id` a|b >c ~ #d %x', ['$HOME', '*.mp3', '`id`', 'a|b', '>c', '~', '#d', '%x']],
  ])('%s', (_rule, command, words) => {
    expect(tokenizeCommand(command)).toEqual(words);
  });

  it('refuses a quote that is never closed, and shows it', () => {
    const command = 'ffmpeg -i "fine.mp3" -i "my song.mp3 -af volume=2';
    const error = errorOf(() => tokenizeCommand(command, 'commands.audio'));
    expect(error).toBeInstanceOf(RxcallError);
    expect(error).toMatchObject({ code: 'ERR_OPTION', path: 'commands.audio', position: 24, retryable: false });
    const [said, shown, caret] = error.message.split('\n');
    expect(said).toMatch(/^commands\.audio has a double quote that is never closed.*\(character 25\):$/);
    expect(shown![caret!.indexOf('^')]).toBe('"');
    expect(shown!.slice(caret!.indexOf('^'))).toBe('"my song.mp3 -af volume=2');
  });

  it('shows no secret with it', () => {
    const secret = errorOf(() => tokenizeCommand('ffmpeg -i rtsp://me:hunter2@host/1 -headers "Cookie: hunter2'));
    expect(secret.message).toContain('rtsp://***@host/1');
    expect(secret.message).not.toContain('hunter2');
    const inSecret = errorOf(() => tokenizeCommand('ffmpeg -i rtsp://me:hunter"2@host/1'));
    expect(inSecret.message).not.toMatch(/hunter|\n/);
  });

  it('refuses a command without a word', () => {
    for (const command of ['', ' \t\n']) {
      expect(errorOf(() => tokenizeCommand(command)).message).toBe('command is empty.');
    }
  });

  it('of any text makes words or a CommandError', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', "'", '\n', '\t', 'é') });
    fc.assert(
      fc.property(texts, (text) => {
        try {
          for (const word of tokenizeCommand(text)) expect(typeof word).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
        }
      }),
    );
  });
});

const nasty = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', "'", '\n', '\t', '`', '$', '{', 'é', '🎵') });
const anyArg = fc.oneof(nasty, fc.string({ unit: 'binary' }));

describe('quoteArg', () => {
  it('leaves alone what needs no quotes', () => {
    for (const arg of ['song.mp3', '-af', 'volume=-6dB', "it's", 'concat:a|b', '$x']) expect(quoteArg(arg)).toBe(arg);
    expect(quoteArg('')).toBe('""');
    expect(quoteArg('C:\\music\\')).toBe('"C:\\\\music\\\\"');
  });

  it('brings any argument through the tokenizer', () => {
    fc.assert(
      fc.property(fc.array(anyArg, { minLength: 1 }), (args) => {
        expect(tokenizeCommand(args.map(quoteArg).join(' '))).toEqual(args);
      }),
    );
  });
});

describe('shell', () => {
  it('keeps any value one argument, or part of one', () => {
    fc.assert(
      fc.property(anyArg, anyArg, anyArg, (a, b, c) => {
        expect(tokenizeCommand(shell`ffmpeg -i ${a} -af "x=${b}:y=${c}z" pre${a}post C:\\${b} D:\${c}`)).toEqual([
          ...['ffmpeg', '-i', a, '-af', `x=${b}:y=${c}z`, `pre${a}post`, `C:\\${b}`, 'D:${c}'],
        ]);
        expect(tokenizeCommand(shell`a\${b} ${a}`)).toEqual(['a${b}', a]);
        expect(tokenizeCommand(shell`"\\${a}" ${''}${b}`)).toEqual([`\\${a}`, b]);
      }),
    );
  });

  it('makes of a list one argument each, of numbers and URLs their text', () => {
    const inputs = ['-i', 'a b.mp3', '-i', ''];
    expect(tokenizeCommand(shell`ffmpeg ${inputs} -t ${2.5} -i ${new URL('http://h/a b')}`)).toEqual([
      ...['ffmpeg', '-i', 'a b.mp3', '-i', '', '-t', '2.5', '-i', 'http://h/a%20b'],
    ]);
    expect(shell`a ${[]} b`).toBe('a  b');
  });

  it('takes the backslashes of its text as they are written', () => {
    expect(shell`-headers "A: b\r\n" C:\music \`x\` \"`).toBe('-headers "A: b\\r\\n" C:\\music `x` \\"');
  });

  it('refuses other values', () => {
    // @ts-expect-error: not a value
    expect(() => shell`ffmpeg -i ${undefined}`).toThrow('value 1 must be a string, number, URL or list of strings');
  });
});
