import { OptionError } from './errors.ts';

/** In milliseconds; beyond this, a timer of Node fires at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** @throws {@link OptionError} for what is no time to wait, in milliseconds, or more than a timer can: default above 0. */
export function checkDuration(path: string, value: number | undefined, leastMs: number = Number.MIN_VALUE): void {
  if (value === undefined || (value >= leastMs && value <= LONGEST_TIMER_MS)) return;
  const least = leastMs === Number.MIN_VALUE ? 'more than 0' : `at least ${leastMs}`;
  throw new OptionError(path, value, `${least} and at most ${LONGEST_TIMER_MS} (milliseconds)`);
}
