import { FfmpegError, MediaFormatError, type RxcallError, SourceError } from '../core/errors.ts';
import type { FfmpegEnd } from '../ffmpeg/run-ffmpeg.ts';
import { lastLines } from '../ffmpeg/text-tail.ts';
import type { Demuxer } from '../media/demuxer.ts';

const QUOTED = 1024;

/** What went wrong in a run of another program; undefined when it ended with 0. */
export function programFailure(end: FfmpegEnd, program: string): RxcallError | undefined {
  const { argv, exitCode, signal } = end;
  if (exitCode === 0) return undefined;
  const stderrTail = lastLines(end.stderr, QUOTED);
  const how = signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
  const said = stderrTail === '' ? '' : ` It said: ${stderrTail}`;
  const cause = new FfmpegError(`${program} failed`, { argv, exitCode, signal, stderrTail });
  return new SourceError('ERR_SOURCE_UNREADABLE', program, `${program} ended with ${how}.${said}`, {
    cause,
    retryable: signal === 'SIGKILL' || signal === 'SIGTERM',
  });
}

/** A demultiplexer whose complaints name the command that wrote the bytes. */
export function blameCommand(demuxer: Demuxer, command: string): Demuxer {
  const attempt = (parse: () => void): void => {
    try {
      parse();
    } catch (cause) {
      if (!(cause instanceof MediaFormatError)) throw cause;
      throw new SourceError(cause.code, command, `${cause.message} It was written by: ${command}`, { cause });
    }
  };
  return { push: (chunk) => attempt(() => demuxer.push(chunk)), end: () => attempt(() => demuxer.end()) };
}

/** A demultiplexer to which nothing at all is no damage: ffmpeg may write so much of what begins behind the end. */
export function orNothing(demuxer: Demuxer): Demuxer {
  let begun = false;
  return {
    push(chunk) {
      begun = true;
      demuxer.push(chunk);
    },
    end() {
      if (begun) demuxer.end();
    },
  };
}
