import { describe, expect, it } from 'vitest';
import { FfmpegError, SourceError } from '../../src/core/errors.ts';
import { ffmpegFailure, type FailureContext } from '../../src/ffmpeg/ffmpeg-failure.ts';
import type { FfmpegEnd } from '../../src/ffmpeg/run-ffmpeg.ts';

const URL = 'http://host/song.mp3';

function failure(end: Partial<FfmpegEnd>, context: FailureContext = {}) {
  const whole = { argv: ['ffmpeg'], exitCode: 0, signal: null, stderr: '', ...end };
  return ffmpegFailure(whole, { source: URL, ...context });
}

const said = (stderr: string, exitCode = 1) => failure({ exitCode, stderr });

describe('ffmpegFailure', () => {
  it('lets a clean end be one, whatever was complained about on the way', () => {
    expect(said('', 0)).toBeUndefined();
    expect(said('[mp3 @ 0x1] [warning] Estimating duration from bitrate', 0)).toBeUndefined();
    expect(
      said('[error] Error while decoding stream #0:0: Invalid data found when processing input', 0),
    ).toBeUndefined();
  });

  it('does not take the exit code 0 for a clean end when nothing came out and there was a complaint', () => {
    const end = { exitCode: 0, stderr: '[mov @ 0x1] [error] stream 0, offset 0x2c: partial file' };
    expect(failure(end, { delivered: false })).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: false });
    expect(failure({ exitCode: 0 }, { delivered: false })).toBeUndefined();
  });

  it.each([
    ['up to 6.0', `[error] ${URL}: Input/output error`],
    ['since 6.1', '[in#0/mp3 @ 0x5581] [error] Error during demuxing: Connection reset by peer'],
    ['a server that fell silent', `[error] ${URL}: Connection timed out`],
    [
      'before other complaints',
      `[error] ${URL}: Input/output error\n[error] Error while decoding stream #0:0: Invalid data`,
    ],
  ])('sees that the connection was lost although ffmpeg ends with 0: %s', (_name, stderr) => {
    expect(said(stderr, 0)).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: true });
  });

  it('does not mistake a download that ffmpeg has continued by itself', () => {
    const stderr = [
      '[http @ 0x1] [error] Stream ends prematurely at 40000, should be 145493',
      '[http @ 0x1] [warning] Will reconnect at 40000 in 0 second(s), error=Input/output error.',
    ].join('\n');
    expect(said(stderr, 0)).toBeUndefined();
  });

  it.each([
    [403, 'ERR_SOURCE_UNREADABLE', false],
    [410, 'ERR_SOURCE_NOT_FOUND', false],
    [503, 'ERR_FFMPEG_FAILED', true],
  ])('never takes a download that the server refused to go on with for a clean end: %i', (status, code, retryable) => {
    // Matroska takes a connection that broke off for the end of the file.
    const stderr = `[http @ 0x1] [warning] Will reconnect at 40000 in 0 second(s), error=End of file.\n[http @ 0x1] [warning] HTTP error ${status} No`;
    expect(said(stderr, 0)).toMatchObject({ code, retryable });
    if (status < 500) expect(said(stderr, 0)).toMatchObject({ status });
  });

  it('knows an RTSP server that says nothing, which may be tried again', () => {
    const stderr = '[error] rtsp://host/1: Invalid data found when processing input';
    expect(said(stderr)).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable: true });
    expect(said(stderr.replace('rtsp', 'http'))).toMatchObject({ retryable: false });
  });

  it.each([
    ['HTTP error 404 Not Found', 'ERR_SOURCE_NOT_FOUND', false],
    ['HTTP error 410 Gone', 'ERR_SOURCE_NOT_FOUND', false],
    ['HTTP error 401 Unauthorized', 'ERR_SOURCE_UNREADABLE', false],
    ['HTTP error 403 Forbidden', 'ERR_SOURCE_UNREADABLE', false],
    ['HTTP error 429 Too Many Requests', 'ERR_SOURCE_UNREADABLE', true],
    ['HTTP error 408 Request Timeout', 'ERR_SOURCE_UNREADABLE', true],
    ['HTTP error 451 Unavailable For Legal Reasons', 'ERR_SOURCE_UNREADABLE', false],
    ['HTTP error 500 Internal Server Error', 'ERR_SOURCE_UNREADABLE', true],
    ['HTTP error 503 Service Unavailable', 'ERR_SOURCE_UNREADABLE', true],
  ])('reads the answer of a server: %s', (status, code, retryable) => {
    const error = said(`[http @ 0x1] [warning] ${status}\n[error] ${URL}: Server returned something`);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({
      code,
      retryable,
      source: URL,
      message: expect.stringContaining(status.slice(11)) as string,
    });
    expect(error!.cause).toBeInstanceOf(FfmpegError);
  });

  it('makes do with what is left of the answer', () => {
    expect(said(`[error] ${URL}: Server returned 404 Not Found`)).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(said(`[error] ${URL}: Server returned 5XX Server Error reply`)).toMatchObject({ retryable: true });
    expect(said(`[error] ${URL}: Server returned 4XX Client Error, but not one of 40{0,1,3,4}`)).toMatchObject({
      code: 'ERR_SOURCE_UNREADABLE',
      retryable: false,
    });
  });

  it.each([
    ["[fatal] Stream map '0:a:0' matches no streams.\nTo ignore this, add a trailing '?' to the map.", 'up to 6'],
    ['[error] Output file #0 does not contain any stream', 'with an optional map'],
  ])('knows that there is no audio', (stderr) => {
    expect(said(stderr)).toMatchObject({ code: 'ERR_SOURCE_NO_TRACK', retryable: false, source: URL });
  });

  it.each([
    ["[fatal] Stream map '0:V:0' matches no streams.", 'video'],
    ["[fatal] Stream map '0:a:0' matches no streams.", 'audio'],
    ["[fatal] Stream map '' matches no streams.\n[error] Failed to set value '0:a:0' for option 'map'", 'audio'],
    ['[fatal] Stream map matches no streams.', 'video'],
  ])('knows which track is missing: %s', (stderr, kind) => {
    const error = failure({ exitCode: 1, stderr }, { kinds: ['audio', 'video'] });
    expect(error).toMatchObject({
      code: 'ERR_SOURCE_NO_TRACK',
      message: `${URL} has no ${kind}: nothing of it can be played.`,
    });
  });

  it.each([
    [
      `[tcp @ 0x1] [error] Connection to tcp://host:80 failed: Connection refused\n[error] ${URL}: Connection refused`,
      true,
    ],
    ['[tcp @ 0x1] [error] Failed to resolve hostname host: Name or service not known', true],
    [`[error] ${URL}: Invalid data found when processing input`, false],
    ["[error] Unrecognized option 'x'.", false],
  ])('tells what may pass from what will not: %s', (stderr, retryable) => {
    expect(said(stderr)).toMatchObject({ code: 'ERR_FFMPEG_FAILED', retryable, exitCode: 1 });
  });

  it('tells who was killed from who crashed, and names the usual cause of a crash', () => {
    const kill = failure({ exitCode: null, signal: 'SIGKILL' });
    expect(kill).toMatchObject({ retryable: true, signal: 'SIGKILL', exitCode: null });
    const crash = failure({ exitCode: null, signal: 'SIGSEGV' });
    expect(crash).toMatchObject({ retryable: false, message: expect.stringContaining('statically linked') as string });
    const local = failure({ exitCode: null, signal: 'SIGSEGV' }, { source: 'song.mp3' });
    expect(local!.message).not.toContain('statically linked');
    expect(failure({ exitCode: 255 })).toMatchObject({ retryable: true, exitCode: 255 });
  });
});
