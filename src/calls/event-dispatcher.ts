import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Observable, Subject } from 'rxjs';
import type { Logger } from '../core/logger.ts';
import type { ClientEvent } from './client-events.ts';

type EventOf<T extends ClientEvent['type']> = Extract<ClientEvent, { type: T }>;

/** Called with one event; a promise is waited for before the next event is handed out. */
export type ClientEventHandler<T extends ClientEvent['type']> = (event: EventOf<T>) => void | Promise<void>;

export interface EventDispatcher {
  /** Takes an event; never calls anybody. */
  push(event: ClientEvent): void;
  on<T extends ClientEvent['type']>(type: T, handler: ClientEventHandler<T>): () => void;
  readonly events$: Observable<ClientEvent>;
  /** How many events were dropped because handlers were too slow. */
  readonly dropped: number;
  /** Hands out what waits, and then nothing more. May be called by a handler. */
  close(): void;
}

type AnyHandler = (event: ClientEvent) => void | Promise<void>;

/**
 * Hands events to handlers, one at a time and each in a turn of the event loop of its own: handlers never overlap, never run
 * inside the call that caused the event, and may call anything. What a handler throws is logged. When `bufferSize` events
 * wait, the oldest is dropped, and counted.
 */
export function createEventDispatcher(bufferSize: number, logger: Logger): EventDispatcher {
  const waiting: ClientEvent[] = [];
  const handlers = new Map<ClientEvent['type'], Set<AnyHandler>>();
  const events$ = new Subject<ClientEvent>();
  let dropped = 0;
  let running = false;
  let closed = false;

  async function handOut(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      await nextTurn();
      const event = waiting.shift()!;
      events$.next(event);
      for (const handler of handlers.get(event.type) ?? []) await run(handler, event);
    }
    running = false;
    if (closed) events$.complete();
  }

  async function run(handler: AnyHandler, event: ClientEvent): Promise<void> {
    try {
      await handler(event);
    } catch (error) {
      logger.error({ event: event.type, chatId: event.chatId, error }, 'an event handler failed');
    }
  }

  return {
    push(event) {
      if (closed) return;
      waiting.push(event);
      if (waiting.length > bufferSize) {
        const oldest = waiting.shift();
        dropped++;
        logger.warn({ event: oldest?.type, chatId: oldest?.chatId, dropped }, 'handlers are too slow: event dropped');
      }
      if (!running) void handOut();
    },
    on(type, handler) {
      const set = handlers.get(type) ?? new Set();
      handlers.set(type, set);
      set.add(handler as AnyHandler);
      return () => void set.delete(handler as AnyHandler);
    },
    events$: events$.asObservable(),
    get dropped() {
      return dropped;
    },
    close() {
      closed = true;
      if (!running) events$.complete();
    },
  };
}
