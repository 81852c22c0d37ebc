import { describe, expect, it } from 'vitest';
import { FfmpegError, MediaFormatError, SourceError } from '../../src/core/errors.ts';
import { blameCommand, programFailure } from '../../src/sources/leg-failure.ts';

const end = { argv: ['yt-dlp', '-o', '-'], exitCode: 0, signal: null, stderr: '' } as const;

describe('programFailure', () => {
  it('is none when the program ended with 0', () => {
    expect(programFailure(end, 'yt-dlp')).toBeUndefined();
  });

  it('says how it ended, and the last it said', () => {
    const failure = programFailure({ ...end, exitCode: 3, stderr: `${'x'.repeat(2000)}\nno such page\n` }, 'yt-dlp');
    expect(failure).toBeInstanceOf(SourceError);
    expect(failure).toMatchObject({
      code: 'ERR_SOURCE_UNREADABLE',
      message: expect.stringMatching(/yt-dlp ended with exit code 3\. It said: no such page$/),
      retryable: false,
    });
    expect(failure?.cause).toBeInstanceOf(FfmpegError);
    expect(failure?.cause).toMatchObject({ argv: end.argv, exitCode: 3, stderrTail: 'no such page' });
  });

  it('may succeed again when somebody ended it, and not when it crashed', () => {
    for (const [signal, retryable] of [
      ['SIGTERM', true],
      ['SIGKILL', true],
      ['SIGSEGV', false],
    ] as const) {
      const failure = programFailure({ ...end, exitCode: null, signal }, 'yt-dlp');
      expect(failure).toMatchObject({ message: expect.stringMatching(`ended with signal ${signal}.$`), retryable });
    }
  });
});

describe('blameCommand', () => {
  const complaint = new MediaFormatError('Ogg', 12, 'a page is missing');
  const failing = (error: Error) => ({
    push: () => undefined,
    end() {
      throw error;
    },
  });

  it('names the command that wrote what cannot be read', () => {
    const demuxer = blameCommand(failing(complaint), 'cat song.mp3');
    demuxer.push(Uint8Array.of(1));
    expect(() => demuxer.end()).toThrow(SourceError);
    expect(() => demuxer.end()).toThrow(`${complaint.message} It was written by: cat song.mp3`);
  });

  it('leaves any other error as it is', () => {
    const defect = new TypeError('a defect');
    expect(() => blameCommand(failing(defect), 'cat').end()).toThrow(defect);
  });

  it('passes on what comes', () => {
    const chunks: Uint8Array[] = [];
    const demuxer = blameCommand({ push: (chunk) => chunks.push(chunk), end: () => undefined }, 'cat');
    demuxer.push(Uint8Array.of(7));
    demuxer.end();
    expect(chunks).toEqual([Uint8Array.of(7)]);
  });
});
