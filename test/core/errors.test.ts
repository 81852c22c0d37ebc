import { describe, expect, it } from 'vitest';
import { FfmpegError, MediaFormatError, OptionError, PayloadError, RxcallError } from '../../src/core/errors.ts';

describe('errors', () => {
  it('are told apart by class, code and name', () => {
    const error = new MediaFormatError('Ogg', 27, 'the page checksum is wrong');
    expect(error).toBeInstanceOf(RxcallError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: 'ERR_MEDIA_FORMAT', name: 'MediaFormatError', retryable: false, offset: 27 });
    expect(error.message).toBe('Ogg stream is malformed at byte 27: the page checksum is wrong.');
    expect(Object.keys(error)).not.toContain('name');
  });

  it('name the option, the value and what is expected', () => {
    const cases: [unknown, string][] = [
      ['x', '"x"'],
      [5n, '5n'],
      [null, 'null'],
      [[], 'an array'],
      [{}, 'an object'],
      [undefined, 'undefined'],
    ];
    for (const [value, printed] of cases) {
      expect(new OptionError('options.rate', value, 'a number').message).toBe(
        `options.rate must be a number, got ${printed}.`,
      );
    }
  });

  it('of ffmpeg tell how it ended and what it said', () => {
    const failure = { argv: ['ffmpeg', '-i', 'x'], exitCode: 1, signal: null, stderrTail: 'x: No such file\n' };
    expect(new FfmpegError('x cannot be read', failure).message).toBe(
      'x cannot be read (ffmpeg ended with exit code 1). It said: x: No such file',
    );
    const killed = new FfmpegError('x broke off', { ...failure, exitCode: null, signal: 'SIGKILL', stderrTail: '' });
    expect(killed.message).toBe('x broke off (ffmpeg ended with signal SIGKILL).');
  });

  it('keep their cause and whether a retry may help', () => {
    const cause = new Error('below');
    const error = new PayloadError('transport.ufrag', 'is missing', { cause, retryable: true });
    expect(error).toMatchObject({ cause, retryable: true, path: 'transport.ufrag' });
    expect('cause' in new PayloadError('$', 'is not JSON')).toBe(false);
  });
});
