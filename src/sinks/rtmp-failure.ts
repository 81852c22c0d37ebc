import { FfmpegError, type RxcallError, TransportError } from '../core/errors.ts';
import { ffmpegFailure } from '../ffmpeg/ffmpeg-failure.ts';
import type { FfmpegEnd } from '../ffmpeg/run-ffmpeg.ts';
import { lastLines } from '../ffmpeg/text-tail.ts';

const NOT_REACHED =
  /Cannot open connection|Connection refused|resolve hostname|timed out|is unreachable|No route to host/i;
const MISTRUSTED = /certificate (?:failed verification|verify failed)|does not match hostname/i;
const SAID_NO = /Server error: (.*)/;
/** A stream of ours that the server has not given up yet, perhaps. */
const IN_USE = /already|in use|exists|busy|BadName/i;
const BUILT_WITHOUT = /Protocol not found|Unknown encoder|Unknown input format|not a suitable output format/i;
const HUNG_UP = /Input\/output error|I\/O error|Broken pipe|reset by peer|Operation not permitted|End of file/i;
const QUOTED = 1024;

/**
 * What it means that the ffmpeg which published to `label` has ended. `wasActive`: the server had taken the stream before.
 * Here is decided whether trying again may help.
 */
export function rtmpFailure(end: FfmpegEnd, label: string, wasActive: boolean): RxcallError {
  const { argv, exitCode, signal, stderr } = end;
  const failure = { argv, exitCode, signal, stderrTail: lastLines(stderr, QUOTED) };
  const cause = new FfmpegError('Publishing ended', failure, { retryable: true });
  const said = SAID_NO.exec(stderr)?.[1]?.trim();
  if (signal !== null || (BUILT_WITHOUT.test(stderr) && !wasActive)) {
    return ffmpegFailure(end, { source: label }) ?? cause;
  }
  if (wasActive) {
    return new TransportError('ERR_RTMP_LOST', `${label}: the connection was lost.`, { cause, retryable: true });
  }
  if (said !== undefined) {
    const message = `${label} refused the stream: ${said}. Check the stream key, and that nobody else uses it.`;
    return new TransportError('ERR_RTMP_REFUSED', message, { cause, retryable: IN_USE.test(said) });
  }
  if (MISTRUSTED.test(stderr)) {
    const message = `${label} has a certificate for another host, or of no authority in the file options.caFile names.`;
    return new TransportError('ERR_RTMP_CERTIFICATE', message, { cause });
  }
  if (NOT_REACHED.test(stderr)) {
    return new TransportError('ERR_RTMP_UNREACHABLE', `${label} could not be reached.`, { cause, retryable: true });
  }
  if (HUNG_UP.test(stderr)) {
    const message = `${label} hung up when it was told the stream key: check the key, it may be wrong or have expired.`;
    return new TransportError('ERR_RTMP_REFUSED', message, { cause });
  }
  return new FfmpegError(`ffmpeg could not publish to ${label}`, failure);
}
