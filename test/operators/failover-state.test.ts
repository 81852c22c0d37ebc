import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FailoverEvent,
  type FailoverState,
  failoverTransition,
  initialFailover,
  isHopeless,
  planFailover,
} from '../../src/operators/failover-state.ts';

const times = { probeUs: 8_000_000, failbackUs: 12_000_000 };

function play(inputs: number, ...events: [nowUs: number, event: FailoverEvent][]): FailoverState {
  return events.reduce(
    (state, [nowUs, event]) => failoverTransition(state, event, nowUs, times),
    initialFailover(inputs),
  );
}

const open = (input: number): FailoverEvent => ({ type: 'open', input, reason: 'first' });
const deliver = (input: number): FailoverEvent => ({ type: 'deliver', input, reason: 'first' });
const fail = (input: number, retryable = true): FailoverEvent => ({ type: 'fail', input, error: 'e', retryable });

describe('the state of a failover', () => {
  it('opens the first input first, and nothing more while it is being opened', () => {
    expect(planFailover(initialFailover(3), times)).toEqual({ input: 0, reason: 'first', atUs: 0 });
    expect(planFailover(play(3, [0, open(0)]), times)).toBeUndefined();
    expect(planFailover(play(3, [0, open(0)], [5, deliver(0)]), times)).toBeUndefined();
  });

  it('goes to the next one at once when the active one fails', () => {
    const state = play(3, [0, open(0)], [5, deliver(0)], [9, fail(0)]);
    expect(state.active).toBeNull();
    expect(planFailover(state, times)).toEqual({ input: 1, reason: 'failed', atUs: 0 });
  });

  it('goes back after the cooldown, or when the better one may be tried again, whichever is later', () => {
    const state = play(2, [0, open(0)], [5, deliver(0)], [9, fail(0)], [9, open(1)], [20, deliver(1)]);
    expect(planFailover(state, times)).toEqual({ input: 0, reason: 'failback', atUs: 12_000_020 });
    const failedAgain = failoverTransition(
      failoverTransition(state, open(0), 12_000_020, times),
      fail(0),
      13_000_000,
      times,
    );
    expect(planFailover(failedAgain, times)).toEqual({ input: 0, reason: 'failback', atUs: 21_000_000 });
    expect(failedAgain.active).toBe(1);
  });

  it('when all have failed, waits for the one that failed first', () => {
    const state = play(2, [0, open(0)], [100, fail(0)], [100, open(1)], [300, fail(1)]);
    expect(planFailover(state, times)).toEqual({ input: 0, reason: 'first', atUs: 8_000_100 });
    expect(isHopeless(state)).toBe(false);
    expect(isHopeless(play(2, [0, fail(0, false)], [0, fail(1)]))).toBe(false);
    expect(isHopeless(play(2, [0, fail(0, false)], [0, fail(1, false)]))).toBe(true);
  });

  it('has at most one active and one opening input, and never plans to open what plays', () => {
    const input = fc.nat(2);
    const event: fc.Arbitrary<FailoverEvent | 'plan'> = fc.oneof(
      fc.constant('plan' as const),
      fc.record({ type: fc.constant('deliver' as const), input, reason: fc.constant('first' as const) }),
      fc.record({ type: fc.constant('fail' as const), input, error: fc.constant('e'), retryable: fc.boolean() }),
      fc.record({ type: fc.constant('end' as const), input }),
      fc.record({ type: fc.constant('select' as const), input: fc.oneof(input, fc.constant('auto' as const)) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9_000_000), event), { maxLength: 40 }), (steps) => {
        let nowUs = 0;
        let state = initialFailover(3);
        for (const [waitUs, what] of steps) {
          nowUs += waitUs;
          const plan = planFailover(state, times);
          if (what === 'plan') {
            if (plan) state = failoverTransition(state, { type: 'open', ...plan }, nowUs, times);
          } else if (what.type !== 'deliver' || state.inputs[what.input]!.status === 'opening') {
            state = failoverTransition(state, what, nowUs, times);
          }
          const statuses = state.inputs.map(({ status }) => status);
          expect(statuses.filter((status) => status === 'opening').length).toBeLessThanOrEqual(1);
          expect(statuses.indexOf('active')).toBe(state.active ?? -1);
          expect(statuses.lastIndexOf('active')).toBe(state.active ?? -1);
          const next = planFailover(state, times);
          if (next) expect(next.input).not.toBe(state.active);
          // Somebody plays, is being opened, or will be.
          expect(state.active !== null || statuses.includes('opening') || next !== undefined).toBe(true);
        }
      }),
    );
  });
});
