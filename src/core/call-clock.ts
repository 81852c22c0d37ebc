import type { MediaClock } from './media-clock.ts';
import { processClock } from './process-clock.ts';
import { AUDIO_GRID_US } from './sample.ts';

/** How many places there are on the grid of 20 ms, one for each millisecond: each of them is a wake-up. */
const PLACES = 20;
/** Calls that get the same place before the next one is given out: a few calls are cheapest all at once. */
const NEIGHBORS = 8;

let calls = 0;

/**
 * The clock of the process for one more call of many, all of whose operators use it. The time is the same for all; but the
 * grid of audio lies in one of 20 places, a millisecond apart, which calls get eight at a time. So a thousand calls do not
 * all send at one moment, which would make the last of them late.
 *
 * @example
 * const clock = createCallClock();
 * fromFile('song.ogg').pipe(pace({ clock }), keepalive({ clock })).subscribe(toWebRtcTrack(track));
 */
export function createCallClock(): MediaClock {
  const place = Math.floor(calls++ / NEIGHBORS) % PLACES;
  return { ...processClock, gridOffsetUs: (place * AUDIO_GRID_US) / PLACES };
}
