export interface BenchOptions {
  /** How often everything is measured; medians are reported. */
  runs: number;
  /** Packets per measurement. */
  packets: number;
  /** Numbers of calls. */
  n: readonly number[];
  /** How long calls are measured. */
  seconds: number;
  minutes: number;
  video: boolean;
  /** Implementations to measure; all if empty. */
  only: readonly string[];
}

/**
 * Those of what a bench can measure that were asked for, by the name of the implementation; what follows a comma in it says
 * only what is measured.
 */
export function chosen<T>(
  all: readonly T[],
  { only }: BenchOptions,
  implOf: (one: T) => string = String,
): readonly T[] {
  return only.length === 0 ? all : all.filter((one) => only.includes(implOf(one).split(',', 1)[0]!));
}
