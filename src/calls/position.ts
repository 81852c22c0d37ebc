import { distinctUntilChanged, map, Observable } from 'rxjs';
import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import { type CallState, carriesMedia, isPaused } from './call-state.ts';

/** While it moves. */
const EVERY_US = 250_000;

/**
 * The position of what plays: the present one at once, then four times a second while it moves, and with every change of
 * state. Completes with the call. There is a timer only while somebody subscribes and the position moves.
 */
export function positions(
  state$: Observable<CallState>,
  positionMs: () => number,
  clock: MediaClock,
): Observable<number> {
  const changes$ = new Observable<void>((subscriber) => {
    const task: ClockTask = {
      run() {
        clock.arm(task, clock.nowUs() + EVERY_US);
        subscriber.next();
      },
    };
    subscriber.add(() => clock.disarm(task));
    subscriber.add(
      state$.subscribe({
        next(state) {
          if (moves(state)) clock.arm(task, clock.nowUs() + EVERY_US);
          else clock.disarm(task);
          subscriber.next();
        },
        complete: () => subscriber.complete(),
      }),
    );
  });
  return changes$.pipe(map(positionMs), distinctUntilChanged());
}

function moves(state: CallState): boolean {
  return state.playback.status === 'playing' && carriesMedia(state.connection) && !isPaused(state);
}
