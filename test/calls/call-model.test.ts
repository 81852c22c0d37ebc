import fc from 'fast-check';
import { asyncScheduler } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionState } from '../../src/calls/call-state.ts';
import { type ClientEvent, clientEventsOf } from '../../src/calls/client-events.ts';
import { createGroupCall, type OwnedGroupCall } from '../../src/calls/create-group-call.ts';
import type { PlaybackEvent } from '../../src/calls/playback-events.ts';
import type { RejoinHook } from '../../src/calls/rejoiner.ts';
import type { CallStep } from '../../src/calls/state-store.ts';
import { RxcallError, TransportError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { schedulerClock } from '../../src/core/media-clock.ts';
import { MediaSource } from '../../src/core/media-source.ts';
import { createFakeSource, type FakeSource, type FakeSourceOptions } from '../../src/testing/fake-source.ts';
import { RTC_ANSWER } from '../telegram/toy-signaling.ts';
import { FakeTransport } from './fake-transport.ts';

/*
 * A whole call, but for its network and its sources, is driven by random sequences of what users and networks do, in virtual
 * time, and held to what must be true of every call. `RXCALL_MODEL_RUNS` makes it longer.
 */
const RUNS = Number(process.env['RXCALL_MODEL_RUNS'] ?? 250);

/** Where each status may lead to. */
const LEGAL: Readonly<Record<ConnectionState['status'], readonly ConnectionState['status'][]>> = {
  new: ['connecting', 'timeout', 'failed', 'closed'],
  connecting: ['connecting', 'connected', 'disconnected', 'failed', 'new', 'timeout', 'closed'],
  connected: ['connecting', 'disconnected', 'failed', 'new', 'closed'],
  disconnected: ['connecting', 'connected', 'failed', 'new', 'closed'],
  failed: ['failed', 'connecting', 'new', 'closed'],
  timeout: ['closed'],
  closed: [],
};

/** Long samples, for what is not told apart need not be computed. */
const SAMPLE_MS = 100;
const SOURCES = {
  song: { delayMs: 40 },
  prompt: {},
  slow: { delayMs: 3000 },
  short: { delayMs: 20, count: 2 },
  empty: { delayMs: 20, count: 0 },
  broken: { delayMs: 30, failAfter: 0 },
  fragile: { delayMs: 30, failAfter: 3 },
  live: { delayMs: 30, live: true },
  film: { delayMs: 30, kind: 'video' },
} as const satisfies Record<string, FakeSourceOptions>;
type SourceName = keyof typeof SOURCES;

type Command =
  | { readonly do: 'connect'; readonly abortAfterMs?: number | undefined; readonly answer?: string }
  | { readonly do: 'play'; readonly source: SourceName; readonly abortAfterMs?: number | undefined }
  | { readonly do: 'seekTo'; readonly ms: number }
  | { readonly do: 'seekBy'; readonly ms: number }
  | { readonly do: 'pause' | 'resume' | 'hold' | 'release' | 'mute' | 'unmute' | 'stop' | 'renew' | 'close' }
  | { readonly do: 'establish' | 'refuse' | 'disturb' | 'recover' | 'lose' };

interface Turn {
  readonly commands: readonly Command[];
  readonly passMs: number;
}

type HookKind = 'none' | 'prompt' | 'slow' | 'failing' | 'tired' | 'renewing';

const rarely = fc.option(fc.constantFrom(0, 5, 50, 2000), { freq: 4, nil: undefined });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const), abortAfterMs: rarely }) },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'connect', answer: '{"stream":true}' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('play' as const),
      source: fc.constantFrom(...(Object.keys(SOURCES) as SourceName[])),
      abortAfterMs: rarely,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('seekTo' as const), ms: fc.constantFrom(0, 200, 5000, 1e9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('seekBy' as const), ms: fc.constantFrom(-1000, 1000) }) },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom('pause', 'resume', 'hold', 'release', 'mute', 'unmute', 'stop', 'renew')
      .map((name): Command => ({ do: name as 'pause' })),
  },
  { weight: 6, arbitrary: fc.constant<Command>({ do: 'establish' }) },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom('refuse', 'disturb', 'recover', 'lose')
      .map((name): Command => ({ do: name as 'refuse' })),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'close' }) },
);
const turn: fc.Arbitrary<Turn> = fc.record({
  commands: fc.array(command, { minLength: 1, maxLength: 3 }),
  passMs: fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom(0, 1, 20, 90, 300) },
    { weight: 2, arbitrary: fc.constantFrom(3500, 11_000) },
    { weight: 1, arbitrary: fc.constant(36_000) },
  ),
});
const hookKind = fc.constantFrom<HookKind>('none', 'none', 'prompt', 'slow', 'failing', 'tired', 'renewing');
/** Run inside the notification of the n-th step. */
const inside = fc.option(fc.record({ step: fc.nat(12), command }), { nil: undefined });

/** Everything that is known of one call. */
class Watched {
  readonly transports: FakeTransport[] = [];
  readonly sources: FakeSource[] = [];
  readonly steps: CallStep[] = [];
  readonly playbackEvents: PlaybackEvent[] = [];
  readonly clientEvents: ClientEvent[] = [];
  readonly positions: number[] = [];
  readonly unsettled = new Set<string>();
  readonly strange: unknown[] = [];
  readonly call: Promise<OwnedGroupCall>;
  completed = 0;
  #asked = 0;

  constructor(kind: HookKind) {
    const hook = hookOf(kind);
    this.call = createGroupCall({
      chatId: 'chat',
      clock: schedulerClock(asyncScheduler),
      logger: silentLogger,
      rejoin: hook && { hook, policy: { attempts: 3 } },
      transport: {
        createTransport: (options) => {
          const transport = new FakeTransport(options);
          this.transports.push(transport);
          return Promise.resolve(transport);
        },
      },
    });
  }

  async watch(within: { step: number; command: Command } | undefined): Promise<OwnedGroupCall> {
    const call = await this.call;
    call.steps$.subscribe((step) => {
      this.steps.push(step);
      this.clientEvents.push(...clientEventsOf('chat', step));
      if (within && this.steps.length - 1 === within.step) this.run(call, within.command);
    });
    call.playback$.subscribe((event) => this.playbackEvents.push(event));
    call.state$.subscribe({ complete: () => this.completed++ });
    call.position$.subscribe({ next: (ms) => this.positions.push(ms), complete: () => this.completed++ });
    return call;
  }

  run(call: OwnedGroupCall, command: Command): void {
    const transport = this.transports.at(-1)!;
    const signal = 'abortAfterMs' in command ? abortAfter(command.abortAfterMs) : undefined;
    switch (command.do) {
      case 'connect':
        return this.#follow(command, call.connect(command.answer ?? RTC_ANSWER, { signal }));
      case 'play':
        return this.#follow(command, call.play(this.#open(command.source), { signal }));
      case 'seekTo':
      case 'seekBy':
        return this.#follow(command, call[command.do](command.ms));
      case 'renew':
      case 'close':
        return this.#follow(command, call[command.do]());
      case 'establish':
      case 'refuse':
      case 'disturb':
      case 'recover':
      case 'lose':
        return transport[command.do]();
      default:
        call[command.do]();
    }
  }

  #open(name: SourceName): MediaSource {
    const options: FakeSourceOptions = SOURCES[name];
    return new MediaSource({
      label: name,
      seekable: name !== 'live',
      live: name === 'live',
      open: ({ startMs, reason }) => {
        const count = Math.max(0, (options.count ?? 1e6) - Math.floor(startMs / SAMPLE_MS));
        const opening = { durationMs: SAMPLE_MS, scheduler: asyncScheduler, startMs, count, reason };
        const source = createFakeSource({ ...options, ...opening });
        this.sources.push(source);
        return source;
      },
    });
  }

  #follow(command: Command, promise: Promise<void>): void {
    const name = `${++this.#asked} ${JSON.stringify(command)}`;
    this.unsettled.add(name);
    promise
      .catch((error: unknown) => {
        if (!(error instanceof RxcallError)) this.strange.push(error);
      })
      .finally(() => this.unsettled.delete(name));
  }
}

function abortAfter(ms: number | undefined): AbortSignal | undefined {
  if (ms === undefined) return undefined;
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}

function hookOf(kind: HookKind): RejoinHook | undefined {
  const after = async <T>(ms: number, value: T): Promise<T> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return value;
  };
  const hooks: Record<HookKind, RejoinHook | undefined> = {
    none: undefined,
    prompt: () => Promise.resolve(RTC_ANSWER),
    slow: () => after(500, RTC_ANSWER),
    failing: () => Promise.reject(new TransportError('ERR_SIGNALING', 'no')),
    tired: () => after(10, undefined),
    async renewing({ call }) {
      await call.renew();
      return RTC_ANSWER;
    },
  };
  return hooks[kind];
}

/** Counts per playback. */
function tally(events: readonly PlaybackEvent[]): Map<number, Record<PlaybackEvent['type'], number>> {
  const counts = new Map<number, Record<PlaybackEvent['type'], number>>();
  for (const { type, playback } of events) {
    const count = counts.get(playback.id) ?? { opening: 0, started: 0, sent: 0, abandoned: 0, ended: 0 };
    count[type]++;
    counts.set(playback.id, count);
  }
  return counts;
}

function holdsToItsLaws(watched: Watched): void {
  expect(watched.strange).toEqual([]);
  for (const { before, after } of watched.steps) {
    const [from, to] = [before.connection, after.connection];
    if (from !== to) expect(LEGAL[from.status], `${from.status} to ${to.status}`).toContain(to.status);
  }
  for (const [id, { started, sent, ended }] of tally(watched.playbackEvents)) {
    expect(ended, `ends of playback ${id}, started ${started} times`).toBeLessThanOrEqual(Math.max(started, 1));
    expect(sent).toBeLessThanOrEqual(started);
  }
  for (const { playback, reason } of watched.clientEvents.filter((event) => event.type === 'streamEnd')) {
    expect(['ended', 'error', 'stalled', 'disconnected'], `streamEnd of ${playback.label}`).toContain(reason);
  }
}

describe('every call', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps its laws, whatever users and networks do, and in whatever order', { timeout: 300_000 }, async () => {
    const property = fc.asyncProperty(
      fc.array(turn, { minLength: 1, maxLength: 14 }),
      hookKind,
      inside,
      async (turns, kind, within) => {
        vi.clearAllTimers(); // of a run that failed
        const watched = new Watched(kind);
        const call = await watched.watch(within);
        for (const { commands, passMs } of turns) {
          for (const one of commands) watched.run(call, one);
          await vi.advanceTimersByTimeAsync(passMs);
          expect(call.positionMs).toBeGreaterThanOrEqual(0);
        }
        await vi.advanceTimersByTimeAsync(2500); // whoever waits for an abort
        const wasClosed = call.status === 'closed';
        watched.run(call, { do: 'close' });
        await vi.advanceTimersByTimeAsync(0);
        const [steps, positions] = [watched.steps.length, watched.positions.length];
        expect([wasClosed || call.status, call.status]).toContain('closed');
        await call.closed;
        expect([...watched.unsettled]).toEqual([]);
        expect(watched.completed).toBe(2);
        expect(watched.sources.map(({ log }) => log.opened - log.closed).filter((open) => open !== 0)).toEqual([]);
        expect(watched.transports.map(({ state }) => state)).toEqual(watched.transports.map(() => 'closed'));
        await vi.advanceTimersByTimeAsync(60_000);
        expect(vi.getTimerCount()).toBe(0);
        expect([watched.steps.length, watched.positions.length]).toEqual([steps, positions]);
        expect(watched.transports.flatMap(({ misuses }) => misuses)).toEqual([]);
        const { playback, opening } = call.state;
        expect([playback.status === 'playing', opening]).toEqual([false, undefined]);
        for (const [id, { opening, abandoned, started, ended }] of tally(watched.playbackEvents)) {
          expect(opening, `openings of playback ${id}`).toBe(started + abandoned);
          if (started > 0) expect(ended, `ends of playback ${id}`).toBeGreaterThan(0);
        }
        holdsToItsLaws(watched);
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });
});
