import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { parseDemoOptions } from '../../src/cli/demo-options.ts';

describe('parseDemoOptions', () => {
  it('plays the sample, with a page on a free port, unless told otherwise', () => {
    expect(parseDemoOptions([])).toEqual({
      input: undefined,
      video: false,
      headless: false,
      json: false,
      seconds: undefined,
      port: 0,
    });
  });

  it('reads every option, wherever the file stands', () => {
    expect(
      parseDemoOptions(['--video', 'film.mkv', '--headless', '--json', '--seconds', '0.5', '--port=8080']),
    ).toEqual({
      input: 'film.mkv',
      video: true,
      headless: true,
      json: true,
      seconds: 0.5,
      port: 8080,
    });
  });

  it('names what it does not understand', () => {
    const cases: [args: string[], said: string][] = [
      [['a.mp3', 'b.mp3'], 'FILE must be one file or URL, got "a.mp3 b.mp3".'],
      [['--seconds', '0'], '--seconds must be a number from 0.1 to 86400, got "0".'],
      [['--seconds', ''], '--seconds must be a number from 0.1 to 86400, got "".'],
      [['--port', '65536'], '--port must be a number from 0 to 65535, got "65536".'],
      [['--port', 'http'], '--port must be a number from 0 to 65535, got "http".'],
    ];
    for (const [args, said] of cases) expect(() => parseDemoOptions(args)).toThrow(said);
    expect(() => parseDemoOptions(['--loud'])).toThrow(OptionError);
    expect(() => parseDemoOptions(['--loud'])).toThrow(
      /^arguments must be as in the usage below \(Unknown option '--loud'\), got "--loud"\.$/,
    );
  });
});
