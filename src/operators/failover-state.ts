import { match, P } from 'ts-pattern';

/** Why {@link failover} opened an input: to begin, for the one before it failed or ended, to go back, or by hand. */
export type FailoverReason = 'first' | 'failed' | 'ended' | 'failback' | 'selected';

/** One input of a {@link failover}. `failed` is tried again after a while; `idle` is not in use. */
export interface FailoverInput {
  readonly status: 'idle' | 'opening' | 'active' | 'failed';
  /** Why it failed last; undefined when it ended, or was well since. */
  readonly error?: unknown;
}

/** What a {@link failover} does. Inputs are named by their place in the list. */
export interface FailoverStatus {
  /** The input that plays. What it had queued may play on for a moment after it failed. */
  readonly active: number | null;
  /** Why the active input was opened, or the last one that was. */
  readonly reason: FailoverReason;
  /** The input asked for by hand; null while the choice is automatic. */
  readonly selected: number | null;
  readonly inputs: readonly FailoverInput[];
}

export interface FailoverState extends FailoverStatus {
  readonly inputs: readonly (FailoverInput & { readonly retryAtUs: number; readonly retryable: boolean })[];
  /** When the active input took over. */
  readonly sinceUs: number;
  /** Why the next one is opened while none is active. */
  readonly lost: FailoverReason;
}

export type FailoverEvent =
  | { readonly type: 'open'; readonly input: number; readonly reason: FailoverReason }
  | { readonly type: 'deliver'; readonly input: number; readonly reason: FailoverReason }
  | { readonly type: 'fail'; readonly input: number; readonly error: unknown; readonly retryable: boolean }
  | { readonly type: 'end'; readonly input: number }
  | { readonly type: 'select'; readonly input: number | 'auto' };

export interface FailoverTimes {
  readonly probeUs: number;
  readonly failbackUs: number;
}

/** What is to be opened next, and when. */
export interface FailoverPlan {
  readonly input: number;
  readonly reason: FailoverReason;
  readonly atUs: number;
}

export function initialFailover(inputs: number): FailoverState {
  const idle = { status: 'idle', retryAtUs: 0, retryable: true } as const;
  return {
    inputs: Array.from({ length: inputs }, () => idle),
    active: null,
    reason: 'first',
    selected: null,
    sinceUs: 0,
    lost: 'first',
  };
}

export function failoverTransition(
  state: FailoverState,
  event: FailoverEvent,
  nowUs: number,
  times: FailoverTimes,
): FailoverState {
  const retryAtUs = nowUs + times.probeUs;
  return match(event)
    .with({ type: 'open' }, ({ input }) => withInput(settle(state, 'opening'), input, { status: 'opening' }))
    .with({ type: 'deliver' }, ({ input, reason }) => ({
      ...withInput(settle(state, 'active'), input, { status: 'active', error: undefined }),
      active: input,
      reason,
      sinceUs: nowUs,
    }))
    .with({ type: 'fail' }, ({ input, error, retryable }) =>
      lose(withInput(state, input, { status: 'failed', error, retryable, retryAtUs }), input, 'failed'),
    )
    .with({ type: 'end' }, ({ input }) =>
      lose(withInput(state, input, { status: 'failed', error: undefined, retryable: true, retryAtUs }), input, 'ended'),
    )
    .with({ type: 'select', input: 'auto' }, () => ({ ...state, selected: null }))
    .with({ type: 'select', input: P.number }, ({ input }) => ({ ...tryNow(state, input), selected: input }))
    .exhaustive();
}

/** What to open next; undefined while something is being opened, or nothing better is in sight. */
export function planFailover(state: FailoverState, times: FailoverTimes): FailoverPlan | undefined {
  const { inputs, active, selected, lost, sinceUs } = state;
  if (inputs.some(({ status }) => status === 'opening')) return undefined;
  if (selected !== null) {
    return active === selected ? undefined : { input: selected, reason: 'selected', atUs: 0 };
  }
  const notBeforeUs = active === null ? 0 : sinceUs + times.failbackUs;
  const reason = active === null ? lost : 'failback';
  const better = inputs.slice(0, active ?? inputs.length);
  return better
    .map((input, i): FailoverPlan => {
      const wellAtUs = input.status === 'failed' ? input.retryAtUs : 0;
      return { input: i, reason, atUs: Math.max(notBeforeUs, wellAtUs) };
    })
    .reduce<FailoverPlan | undefined>((best, plan) => (best && best.atUs <= plan.atUs ? best : plan), undefined);
}

/** What of it is of interest to others. */
export function statusOf({ active, reason, selected, inputs }: FailoverState): FailoverStatus {
  return { active, reason, selected, inputs: inputs.map(({ status, error }) => ({ status, error })) };
}

/** Whether nothing plays and nothing is worth trying. */
export function isHopeless({ inputs }: FailoverState): boolean {
  return inputs.every(({ status, retryable }) => status === 'failed' && !retryable);
}

type InputState = FailoverState['inputs'][number];

function withInput(state: FailoverState, index: number, change: Partial<InputState>): FailoverState {
  return { ...state, inputs: state.inputs.map((input, i) => (i === index ? { ...input, ...change } : input)) };
}

/** Who asks for an input wants it opened now, and no other one; the one that plays, plays already. */
function tryNow(state: FailoverState, input: number): FailoverState {
  const { status } = state.inputs[input]!;
  if (status === 'opening') return state;
  const settled = settle(state, 'opening');
  return status === 'active' ? settled : withInput(settled, input, { status: 'idle' });
}

/** Whoever had this status gives it up. */
function settle(state: FailoverState, status: 'opening' | 'active'): FailoverState {
  return {
    ...state,
    inputs: state.inputs.map((input) => (input.status === status ? { ...input, status: 'idle' } : input)),
  };
}

function lose(state: FailoverState, input: number, lost: FailoverReason): FailoverState {
  return {
    ...state,
    selected: state.selected === input ? null : state.selected,
    ...(state.active === input ? { active: null, lost } : {}),
  };
}
