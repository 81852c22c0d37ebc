import type { MediaKind, Sample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';
import type { SegmentFacts, SegmentMessage } from './source-messages.ts';

interface Entry {
  readonly segment: Segment;
  readonly number: number;
  readonly detach: () => void;
  frozen: boolean;
  shared: boolean;
}

/** The segments of one opening, as the other thread knows them: by numbers. */
export interface ServedSegments {
  /** Announces the segment of a sample when it is new. */
  meet(sample: Sample): void;
  numberOf(segment: Segment): number;
  /** Forgets those that are over, and tells when others have begun or ceased to take one, too. */
  update(): void;
  freeze(number: number): void;
  thaw(number: number): void;
  clear(): void;
}

const SECOND_US = 1_000_000;

export function serveSegments(post: (message: SegmentMessage) => void): ServedSegments {
  const entries = new Map<Segment, Entry>();
  const present: Partial<Record<MediaKind, Segment | undefined>> = {};
  let nextNumber = 1;

  const find = (number: number): Entry | undefined => [...entries.values()].find((entry) => entry.number === number);

  function forget({ segment, frozen, detach, number }: Entry): void {
    if (frozen) segment.thaw();
    detach();
    entries.delete(segment);
    post({ type: 'forget', segment: number });
  }

  return {
    meet({ kind, segment }) {
      present[kind] = segment;
      if (!segment || entries.has(segment)) return;
      const entry = { segment, number: nextNumber++, detach: segment.attach(), frozen: false, shared: false };
      entries.set(segment, entry);
      post({ type: 'segment', segment: factsOf(segment, entry.number) });
    },
    numberOf: (segment) => entries.get(segment)!.number,
    update() {
      for (const entry of [...entries.values()]) {
        const { segment, number } = entry;
        if (segment !== present.audio && segment !== present.video) {
          forget(entry);
          continue;
        }
        const shared = !segment.live && !segment.freezable;
        if (shared !== entry.shared) post({ type: 'shared', segment: number, shared });
        entry.shared = shared;
      }
    },
    freeze(number) {
      const entry = find(number);
      if (entry && !entry.frozen) entry.frozen = entry.segment.freeze();
    },
    thaw(number) {
      const entry = find(number);
      if (!entry?.frozen) return;
      entry.frozen = false;
      entry.segment.thaw();
    },
    clear() {
      for (const entry of [...entries.values()]) forget(entry);
    },
  };
}

/** Positions are taken for a line, which all of ours are. */
function factsOf(segment: Segment, number: number): SegmentFacts {
  const originUs = segment.positionUs(0);
  const rate = (segment.positionUs(SECOND_US) - originUs) / SECOND_US;
  const { reason, live, videoRate } = segment;
  return { number, reason, live, originUs, rate, videoRate };
}
