import { describe, expect, it } from 'vitest';
import { initialCallState } from '../../src/calls/call-state.ts';
import { type CallStep, createStateStore } from '../../src/calls/state-store.ts';

describe('createStateStore', () => {
  it('begins at the beginning, and replays the present state', () => {
    const store = createStateStore();
    expect(store.state).toBe(initialCallState);
    store.dispatch({ type: 'mute' });
    const muted: boolean[] = [];
    store.state$.subscribe((state) => muted.push(state.muted));
    expect(muted).toEqual([true]);
  });

  it('tells of what changed something, and of nothing else', () => {
    const store = createStateStore();
    const steps: CallStep[] = [];
    const states: boolean[] = [];
    store.steps$.subscribe((step) => steps.push(step));
    store.state$.subscribe((state) => states.push(state.paused));
    expect(store.dispatch({ type: 'pause' })).toBe(true);
    expect(store.dispatch({ type: 'pause' })).toBe(false);
    expect(store.dispatch({ type: 'resume' })).toBe(true);
    expect(states).toEqual([false, true, false]);
    expect(steps.map(({ event, before, after }) => [event.type, before.paused, after.paused])).toEqual([
      ['pause', false, true],
      ['resume', true, false],
    ]);
  });

  it('tells everybody the states in the same order, though one dispatches while being told', () => {
    const store = createStateStore();
    const seen: string[] = [];
    store.state$.subscribe(({ paused }) => {
      if (paused && !store.state.muted) {
        expect(store.dispatch({ type: 'mute' })).toBe(true);
        expect(store.state.muted).toBe(true); // it has taken effect before it is told
      }
    });
    store.state$.subscribe(({ paused, muted }) => seen.push(`${paused} ${muted}`));
    store.steps$.subscribe(({ event }) => seen.push(event.type));
    store.dispatch({ type: 'pause' });
    expect(seen).toEqual(['false false', 'true false', 'pause', 'true true', 'mute']);
  });

  it('does what a step means before anybody is told, one step after the other', () => {
    const log: string[] = [];
    const store = createStateStore(({ event }) => {
      log.push(`begin ${event.type}`);
      if (event.type === 'pause') store.dispatch({ type: 'mute' });
      log.push(`end ${event.type}`);
    });
    store.steps$.subscribe(({ event }) => log.push(`told ${event.type}`));
    store.dispatch({ type: 'pause' });
    expect(log).toEqual(['begin pause', 'end pause', 'begin mute', 'end mute', 'told pause', 'told mute']);
    store.dispatch({ type: 'resume' });
    expect(log.slice(6)).toEqual(['begin resume', 'end resume', 'told resume']);
  });

  it('completes once the call is closed, and not before', () => {
    const store = createStateStore();
    const ends: string[] = [];
    let last = '';
    store.state$.subscribe({
      next: ({ connection }) => (last = connection.status),
      complete: () => ends.push('state$'),
    });
    store.steps$.subscribe({ complete: () => ends.push('steps$') });
    store.dispatch({ type: 'pause' });
    expect(ends).toEqual([]);
    store.dispatch({ type: 'close', reason: 'user' });
    expect(last).toBe('closed');
    expect(ends).toEqual(['state$', 'steps$']);
    expect(store.dispatch({ type: 'close', reason: 'user' })).toBe(false);
    expect(store.state.connection.status).toBe('closed');
  });

  it('gives out no Subject', () => {
    const { state$, steps$ } = createStateStore();
    for (const one of [state$, steps$]) expect('next' in one).toBe(false);
  });
});
