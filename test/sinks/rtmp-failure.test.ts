import { describe, expect, it } from 'vitest';
import type { FfmpegEnd } from '../../src/ffmpeg/run-ffmpeg.ts';
import { rtmpFailure } from '../../src/sinks/rtmp-failure.ts';

const LABEL = 'rtmp://host/live/***';
const end = (stderr: string, more: Partial<FfmpegEnd> = {}): FfmpegEnd => ({
  argv: ['ffmpeg'],
  exitCode: 1,
  signal: null,
  stderr,
  ...more,
});

describe('rtmpFailure, before the server took the stream', () => {
  it.each([
    [
      'nobody there',
      `[tcp @ 0x1] [error] Connection to tcp://host:1935 failed: Connection refused
[rtmp @ 0x1] [error] Cannot open connection tcp://host:1935
[error] ${LABEL}: Connection refused`,
      'ERR_RTMP_UNREACHABLE',
      true,
    ],
    [
      'an unknown host',
      `[tcp @ 0x1] [error] Failed to resolve hostname host: Name or service not known
[error] ${LABEL}: Input/output error`,
      'ERR_RTMP_UNREACHABLE',
      true,
    ],
    [
      'a certificate of an unknown authority',
      `[tls @ 0x1] [error] Peer certificate failed verification
[rtmps @ 0x1] [error] Cannot open connection tls://host:443
[error] ${LABEL}: Input/output error`,
      'ERR_RTMP_CERTIFICATE',
      false,
    ],
    [
      'the same, said by OpenSSL',
      `[tls @ 0x1] [error] error:0A000086:SSL routines::certificate verify failed
[error] ${LABEL}: Input/output error`,
      'ERR_RTMP_CERTIFICATE',
      false,
    ],
    [
      'a certificate for another host',
      `[tls @ 0x1] [error] The certificate's owner does not match hostname host`,
      'ERR_RTMP_CERTIFICATE',
      false,
    ],
    ['a server that hangs up', `[error] ${LABEL}: Input/output error`, 'ERR_RTMP_REFUSED', false],
    [
      'a server that says no',
      `[rtmp @ 0x1] [error] Server error: Bad stream key\n[error] ${LABEL}: Operation not permitted`,
      'ERR_RTMP_REFUSED',
      false,
    ],
    [
      'a stream that is there already',
      `[rtmp @ 0x1] [error] Server error: Already publishing\n[error] ${LABEL}: Operation not permitted`,
      'ERR_RTMP_REFUSED',
      true,
    ],
    ['an ffmpeg without TLS', `[error] ${LABEL}: Protocol not found`, 'ERR_FFMPEG_FAILED', false],
    ['anything else', '[error] Conversion failed!', 'ERR_FFMPEG_FAILED', false],
  ])('%s', (_, stderr, code, retryable) => {
    expect(rtmpFailure(end(stderr), LABEL, false)).toMatchObject({ code, retryable });
  });

  it('quotes what the server said', () => {
    const error = rtmpFailure(end('[rtmp @ 0x1] [error] Server error: Bad stream key'), LABEL, false);
    expect(error.message).toContain('Bad stream key');
    expect(error.message).toContain(LABEL);
  });
});

describe('rtmpFailure, after the server took the stream', () => {
  it.each([
    ['a connection that breaks', end(`[error] av_interleaved_write_frame(): Broken pipe`), 'ERR_RTMP_LOST', true],
    ['an end without a word', end('', { exitCode: 0 }), 'ERR_RTMP_LOST', true],
    ['a killed ffmpeg', end('', { exitCode: null, signal: 'SIGKILL' }), 'ERR_FFMPEG_FAILED', true],
    ['a crash', end('', { exitCode: null, signal: 'SIGSEGV' }), 'ERR_FFMPEG_FAILED', false],
  ])('%s', (_, how, code, retryable) => {
    expect(rtmpFailure(how, LABEL, true)).toMatchObject({ code, retryable });
  });
});
