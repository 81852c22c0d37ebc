import { BehaviorSubject, type Observable, Subject } from 'rxjs';
import { type CallEvent, type CallState, initialCallState } from './call-state.ts';
import { transition } from './transition.ts';

/** One step of a call: what happened, and what it was and became by it. */
export interface CallStep {
  readonly event: CallEvent;
  readonly before: CallState;
  readonly after: CallState;
}

export interface StateStore {
  readonly state: CallState;
  /** Replays the present state; completes when the call is closed. */
  readonly state$: Observable<CallState>;
  /** The steps that changed something, in order. */
  readonly steps$: Observable<CallStep>;
  /** Applies an event; returns whether it changed anything. */
  dispatch(event: CallEvent): boolean;
}

/**
 * Holds the state of one call. An event that is dispatched from inside a subscriber takes effect at once and is told after
 * the one being told, so that every subscriber sees the states in the same order.
 *
 * @param apply Does what a step means, before anybody is told of it.
 */
export function createStateStore(apply: (step: CallStep) => void = () => undefined): StateStore {
  const state$ = new BehaviorSubject(initialCallState);
  const steps$ = new Subject<CallStep>();
  const unapplied: CallStep[] = [];
  const untold: CallStep[] = [];
  let state = initialCallState;
  let applying = false;
  let telling = false;

  function applyAll(): void {
    if (applying) return;
    applying = true;
    for (let step = unapplied.shift(); step; step = unapplied.shift()) apply(step);
    applying = false;
  }

  function tell(): void {
    if (applying || telling) return;
    telling = true;
    for (let step = untold.shift(); step; step = untold.shift()) {
      state$.next(step.after);
      steps$.next(step);
      if (step.after.connection.status === 'closed') {
        state$.complete();
        steps$.complete();
      }
    }
    telling = false;
  }

  return {
    get state() {
      return state;
    },
    state$: state$.asObservable(),
    steps$: steps$.asObservable(),
    dispatch(event) {
      const after = transition(state, event);
      if (after === state) return false;
      const step = { event, before: state, after };
      unapplied.push(step);
      untold.push(step);
      state = after;
      applyAll();
      tell();
      return true;
    },
  };
}
