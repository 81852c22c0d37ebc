import {
  catchError,
  EMPTY,
  filter,
  type Observable,
  type Observer,
  Subject,
  type Subscriber,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import { OptionError, RxcallError } from '../core/errors.ts';
import type { ClockTask } from '../core/media-clock.ts';
import type { ResolvedRequest } from '../core/media-source.ts';
import type { PacedSample, Sample } from '../core/sample.ts';
import type { FailoverOptions } from './failover.ts';
import {
  type FailoverEvent,
  type FailoverReason,
  type FailoverState,
  type FailoverStatus,
  failoverTransition,
  initialFailover,
  isHopeless,
  planFailover,
  statusOf,
} from './failover-state.ts';
import { openSource } from './open-source.ts';
import { pace } from './pace.ts';
import { stall } from './stall.ts';
import { switchSource } from './switch-source.ts';

/** Options with their defaults filled in. */
export type FailoverSettings = Required<{
  [K in keyof Omit<FailoverOptions, 'label'>]: NonNullable<FailoverOptions[K]>;
}>;

export interface FailoverRun {
  readonly subscriber: Subscriber<PacedSample>;
  readonly inputs: readonly Observable<Sample>[];
  readonly request: ResolvedRequest;
  readonly settings: FailoverSettings;
  /** Told of every change. */
  readonly status$: Pick<Observer<FailoverStatus>, 'next'>;
}

/** Plays what {@link failoverTransition} and {@link planFailover} decide. */
export function runFailover({ subscriber, inputs, request, settings, status$ }: FailoverRun): void {
  const { openMs, stallMs, onEnd, select$, clock } = settings;
  const times = { probeUs: settings.probeMs * 1000, failbackUs: settings.failbackMs * 1000 };
  const attempts$ = new Subject<Observable<PacedSample>>();
  /** Ends the attempt that has not delivered yet. */
  const cancel$ = new Subject<void>();
  const task: ClockTask = { run: act };
  let state = initialFailover(inputs.length);

  function dispatch(event: FailoverEvent): void {
    update(failoverTransition(state, event, clock.nowUs(), times));
    if (!subscriber.closed) act();
  }

  function update(next: FailoverState): void {
    state = next;
    status$.next(statusOf(state));
  }

  function act(): void {
    clock.disarm(task);
    const plan = planFailover(state, times);
    if (!plan) return;
    if (plan.atUs > clock.nowUs()) {
      if (plan.atUs < Infinity) clock.arm(task, plan.atUs);
      return;
    }
    dispatch({ type: 'open', input: plan.input, reason: plan.reason });
    attempts$.next(attempt(plan.input, plan.reason));
  }

  function attempt(input: number, reason: FailoverReason): Observable<PacedSample> {
    let delivered = false;
    let over = false;
    const watched$ = inputs[input]!.pipe(stall({ firstMs: openMs, thenMs: stallMs, clock }));

    function lose(event: FailoverEvent): void {
      over = true;
      dispatch(event);
    }

    return openSource(watched$, { ...request, reason: reason === 'first' ? request.reason : 'failover' }).pipe(
      // Known before pace, so that the next input is opened while the rest of this one plays.
      tap({
        complete() {
          if (onEnd === 'failover' || !delivered) lose({ type: 'end', input });
        },
      }),
      catchError((error: unknown) => {
        const retryable = error instanceof RxcallError && error.retryable;
        lose({ type: 'fail', input, error, retryable });
        if (!isHopeless(state)) return EMPTY;
        if (!delivered) subscriber.error(error);
        return throwError(() => error);
      }),
      pace({ clock }),
      tap({
        next() {
          if (delivered) return;
          delivered = true;
          dispatch({ type: 'deliver', input, reason });
        },
        complete() {
          if (!over) subscriber.complete();
        },
      }),
      takeUntil(cancel$.pipe(filter(() => !delivered))),
    );
  }

  function select(input: number | 'auto'): void {
    if (input !== 'auto' && !(input in inputs)) {
      const expected = `'auto' or a whole number from 0 to ${inputs.length - 1}`;
      subscriber.error(new OptionError('options.select$', input, expected));
      return;
    }
    if (input !== 'auto' && state.inputs[input]!.status !== 'opening') cancel$.next();
    dispatch({ type: 'select', input });
  }

  subscriber.add(() => {
    clock.disarm(task);
    update(initialFailover(inputs.length));
  });
  subscriber.add(
    attempts$.pipe(switchSource()).subscribe({
      next: (sample) => subscriber.next(sample),
      error: (error: unknown) => subscriber.error(error),
    }),
  );
  subscriber.add(select$.subscribe({ next: select, error: (error: unknown) => subscriber.error(error) }));
  if (!subscriber.closed) act();
}
