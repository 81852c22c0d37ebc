import type { VideoRate } from '../core/segment.ts';

/** What is worth encoding anew: too much is sent, or so much more could be. */
const TOO_MUCH = 0.85;
const MUCH_MORE = 1.2;
/** No sooner after the last time, in milliseconds: it costs a process each time. */
const LESS_EVERY_MS = 4000;
const MORE_EVERY_MS = 15_000;

/** Decides when video is to be encoded anew, to another bitrate. */
export interface BitrateFollower {
  /** Whether now, at `nowMs`, `limitKbps` is so far from what is encoded to; if so, counts it as done. */
  isDue(rate: VideoRate, limitKbps: number | undefined, nowMs: number): boolean;
}

export function createBitrateFollower(): BitrateFollower {
  let lastMs = -Infinity;
  return {
    isDue(rate, limitKbps = Infinity, nowMs) {
      const wanted = Math.min(limitKbps, rate.highestKbps) / rate.kbps;
      const isLess = wanted <= TOO_MUCH && nowMs - lastMs >= LESS_EVERY_MS;
      const isMore = wanted >= MUCH_MORE && nowMs - lastMs >= MORE_EVERY_MS;
      if (!isLess && !isMore) return false;
      lastMs = nowMs;
      return true;
    },
  };
}
