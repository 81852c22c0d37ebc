import { BehaviorSubject, type Observable } from 'rxjs';
import { expect } from 'vitest';
import type { Film } from './fake-film.ts';
import type { Arrival, VirtualTime } from './virtual.ts';

/** A switch that is turned at these times, in milliseconds, first to true. */
export function turnedAt({ at }: VirtualTime, turns: readonly number[]): Observable<boolean> {
  const turned$ = new BehaviorSubject(false);
  for (const ms of turns) at(ms, () => turned$.next(!turned$.value));
  return turned$;
}

/** What holds of any chain: no overlap in due times, none before its time. */
export function expectLawful(out: readonly Arrival[], minVideoStepMs = 1): void {
  for (const kind of ['audio', 'video'] as const) {
    const ofKind = out.filter((o) => o.kind === kind);
    const steps = ofKind.slice(1).map((o, i) => o.due - ofKind[i]!.due);
    const overlaps = steps.filter((step) => step < (kind === 'audio' ? 20 : minVideoStepMs));
    expect(overlaps).toEqual([]);
  }
  const early = out.filter((o) => o.due - o.at > 20);
  expect(early).toEqual([]);
}

/** Every opening of every film has been closed. */
export function expectClosed(films: readonly Film[]): void {
  expect(films.map(({ log }) => log.opened - log.closed)).toEqual(films.map(() => 0));
}
