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

/** The implementations of a bench that were asked for. */
export function chosen<T extends string>(impls: readonly T[], { only }: BenchOptions): readonly T[] {
  return only.length === 0 ? impls : impls.filter((impl) => only.includes(impl));
}
