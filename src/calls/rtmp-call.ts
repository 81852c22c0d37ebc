import type { Observable } from 'rxjs';
import type { RtmpStatus } from '../sinks/rtmp-connection.ts';
import type { RtmpOptions, RtmpStats } from '../sinks/rtmp-output.ts';
import type { CallControls } from './call.ts';

/** How to publish; see {@link toRtmp}. */
export interface RtmpCallOptions extends Omit<RtmpOptions, 'ffmpegPath' | 'logger' | 'clock'> {
  /** Calls the first attempt to connect off. */
  signal?: AbortSignal | undefined;
}

/** What an RTMP call does, in numbers. */
export interface RtmpCallStats extends RtmpStats {
  readonly positionMs: number;
}

/**
 * A live stream that one feeds over RTMP: to the server it is one stream that never ends, whatever is played, paused or
 * stopped. While the connection is lost, files wait for it, and live sources go on at their edge.
 *
 * `state.connection` is that of all calls: `connected` while the server takes the stream, `failed` with `rejoining` while
 * another connection is made, `failed` without when it is given up.
 */
export interface RtmpCall extends CallControls {
  /** Where the connection to the server stands. */
  readonly status: RtmpStatus;
  /** Replays {@link status}; completes after `failed` and `closed`. */
  readonly status$: Observable<RtmpStatus>;
  /** {@link getStats}, every second. */
  readonly stats$: Observable<RtmpCallStats>;
  getStats(): RtmpCallStats;
}
