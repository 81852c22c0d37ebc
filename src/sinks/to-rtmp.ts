import type { Observer } from 'rxjs';
import { RTMP_ACCEPTS, type SinkAccepts } from '../core/media-source.ts';
import type { PacedSample } from '../core/sample.ts';
import { createRtmpOutput, type RtmpOptions, type RtmpOutput } from './rtmp-output.ts';
import { toSamples } from './webrtc-track.ts';

/** A sink for H.264 and AAC; see {@link toRtmp}. */
export interface RtmpSink extends Observer<PacedSample>, Omit<RtmpOutput, 'write'>, AsyncDisposable {
  /** What a source has to be opened for: `source.open(sink)`. */
  readonly accepts: SinkAccepts;
}

/**
 * Publishes to an RTMP server: `rtmp://` or `rtmps://`, the stream key at the end of the address. Begins at once, and always
 * sends sound and picture: silence where there is no sound; where there is no picture, the last one, standing still, or the
 * cover. So the server stays, through pauses, gaps, seeks and switches.
 *
 * - Takes H.264 without B-frames and AAC: a source makes them when it is opened for this sink, `source.open(sink)`. Anything
 *   else ends it with an {@link OptionError}.
 * - When the connection is lost, connects anew, with the picture that stands still; what is played meanwhile is lost, unless a
 *   {@link pauseGate} holds it back, as calls do.
 * - When the pipeline completes or errors, the stream ends.
 * - The key is shown nowhere, but that processes of this machine may see the command line of ffmpeg.
 *
 * Throws an {@link OptionError} for an address that is none, and for other bad options.
 *
 * @example
 * const rtmp = toRtmp('rtmps://dc4-1.rtmp.t.me/s/1234:AbCd', { cover: 'logo.png' });
 * rtmp.status$.subscribe(({ status }) => console.log(status));
 * fromFile('film.mkv', { video: true }).open(rtmp).pipe(pace(), pauseGate(paused$), mute(muted$)).subscribe(rtmp);
 */
export function toRtmp(url: string, options: RtmpOptions = {}): RtmpSink {
  const output = createRtmpOutput(url, options);
  const taking = toSamples((sample) => output.write(sample));
  const end = (): void => {
    taking.complete?.();
    void output.close();
  };
  return {
    accepts: RTMP_ACCEPTS,
    get status() {
      return output.status;
    },
    status$: output.status$,
    stats$: output.stats$,
    getStats: () => output.getStats(),
    showCover: () => output.showCover(),
    next: (sample) => taking.next?.(sample),
    error(error: unknown) {
      options.logger?.warn({ error }, 'the stream to an RTMP server ends, for its source has failed');
      end();
    },
    complete: end,
    close: () => output.close(),
    [Symbol.asyncDispose]: () => output.close(),
  };
}
