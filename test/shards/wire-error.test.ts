import { describe, expect, it } from 'vitest';
import {
  AbortedError,
  CallError,
  FfmpegError,
  MediaFormatError,
  OptionError,
  PayloadError,
  RxcallError,
  SourceError,
  TransportError,
} from '../../src/core/errors.ts';
import { CommandError } from '../../src/ffmpeg/command-error.ts';
import { FfmpegNotFoundError } from '../../src/ffmpeg/ffmpeg-not-found.ts';
import { packError, unpackError } from '../../src/shards/wire-error.ts';
import { WorkerError } from '../../src/shards/worker-error.ts';
import { HandshakeFailure } from '../../src/webrtc/dtls/alert.ts';

/** As it comes out in another thread. */
function travel(thrown: unknown): Error {
  return unpackError(structuredClone(packError(thrown)));
}

const FAILURE = { argv: ['ffmpeg', '-i', 'x'], exitCode: 1, signal: null, stderrTail: 'no such file' };

describe('an error that travels between threads', () => {
  const errors: Error[] = [
    new RxcallError('ERR_BIND', 'no port', { retryable: true }),
    new OptionError('options.workers', -1, 'a whole number'),
    new MediaFormatError('Ogg', 12, 'bad page'),
    new FfmpegError('It broke', FAILURE, { retryable: true }),
    new FfmpegNotFoundError([{ step: 'PATH', ok: false, reason: 'not there' }]),
    new SourceError('ERR_SOURCE_NOT_FOUND', 'a.mp3', 'a.mp3 is not there'),
    new PayloadError('transport.ufrag', 'is missing'),
    new TransportError('ERR_ICE_FAILED', 'no pair', { retryable: true }),
    new CallError('ERR_CALL_STATE', 'busy'),
    new AbortedError('play'),
    new CommandError('command', 'is empty'),
    new WorkerError('of this call has ended', 3),
    new TypeError('not a function'),
    new Error('anything'),
  ];

  it.each(errors.map((error) => [error.name, error] as const))('%s keeps class, message, fields, stack', (_, error) => {
    const arrived = travel(error);
    expect(arrived).toBeInstanceOf(error.constructor);
    expect(arrived.constructor).toBe(error.constructor);
    expect(arrived).toEqual(error);
    expect(Object.entries(arrived)).toEqual(Object.entries(error));
    expect([arrived.name, arrived.message, arrived.stack]).toEqual([error.name, error.message, error.stack]);
  });

  it('keeps the chain of causes', () => {
    const root = Object.assign(new Error('read'), { code: 'ECONNRESET', errno: -104 });
    const { cause } = travel(new SourceError('ERR_SOURCE_UNREADABLE', 'x', 'x broke', { cause: root }));
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({ message: 'read', code: 'ECONNRESET', errno: -104 });
    expect(travel(new AbortedError('play', 'because')).cause).toBe('because');
  });

  it('ends a circle of causes', () => {
    const error = new Error('one');
    error.cause = new Error('two', { cause: error });
    expect(travel(error)).toMatchObject({ message: 'one', cause: { message: 'two' } });
  });

  it('leaves out a field that cannot travel, and takes whatever is thrown', () => {
    const error = Object.assign(new Error('odd'), { handler: () => 1, nested: { fine: true } });
    expect(Object.entries(travel(error))).toEqual([['nested', { fine: true }]]);
    expect(travel('a text')).toMatchObject({ message: 'a text' });
    expect(travel(undefined)).toBeInstanceOf(Error);
  });

  it('keeps of a class that is not known its name, and what it extends', () => {
    const failure = new HandshakeFailure('decode_error', 'a message is shorter than it says');
    const arrived = travel(failure);
    expect(arrived.constructor).toBe(TransportError);
    expect(arrived).toMatchObject({ code: 'ERR_DTLS_FAILED', description: 'decode_error', message: failure.message });
    expect([arrived.name, travel(arrived).name]).toEqual(['HandshakeFailure', 'HandshakeFailure']);

    class StrangeError extends Error {
      override name = 'StrangeError';
    }
    expect(travel(new StrangeError('?')).name).toBe('StrangeError');
  });
});
