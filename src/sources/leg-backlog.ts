import type { Sample } from '../core/sample.ts';

/** Samples of one kind that were read and may not be emitted yet. They are not counted by their segment. */
export interface LegBacklog {
  readonly empty: boolean;
  readonly durationUs: number;
  readonly bytes: number;
  push(sample: Sample): void;
  peek(): Sample | undefined;
  shift(): Sample | undefined;
  clear(): void;
}

export function createLegBacklog(): LegBacklog {
  let items: Sample[] = [];
  let taken = 0;
  let durationUs = 0;
  let bytes = 0;

  function clear(): void {
    items = [];
    taken = durationUs = bytes = 0;
  }

  return {
    get empty() {
      return taken === items.length;
    },
    get durationUs() {
      return durationUs;
    },
    get bytes() {
      return bytes;
    },
    push(sample) {
      items.push(sample);
      durationUs += sample.durationUs;
      bytes += sample.data.length;
    },
    peek: () => items[taken],
    shift() {
      const sample = items[taken];
      if (!sample) return undefined;
      taken++;
      durationUs -= sample.durationUs;
      bytes -= sample.data.length;
      if (taken === items.length) clear();
      return sample;
    },
    clear,
  };
}
