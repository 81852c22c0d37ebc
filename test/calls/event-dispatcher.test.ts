import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../src/calls/client-events.ts';
import { createEventDispatcher } from '../../src/calls/event-dispatcher.ts';
import { type Logger, silentLogger } from '../../src/core/logger.ts';

const change = (chatId: string): ClientEvent => ({ type: 'connectionChange', chatId, state: 'connected' });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('createEventDispatcher', () => {
  it('calls nobody inside push, and everybody in order afterwards', async () => {
    const events = createEventDispatcher(10, silentLogger);
    const seen: string[] = [];
    events.on('connectionChange', (event) => void seen.push(event.chatId));
    events.push(change('a'));
    events.push(change('b'));
    expect(seen).toEqual([]);
    await sleep(20);
    expect(seen).toEqual(['a', 'b']);
  });

  it('waits for an async handler before it hands out the next event', async () => {
    const events = createEventDispatcher(10, silentLogger);
    const seen: string[] = [];
    events.on('connectionChange', async ({ chatId }) => {
      seen.push(`${chatId} in`);
      await sleep(10);
      seen.push(`${chatId} out`);
    });
    events.push(change('a'));
    events.push(change('b'));
    await sleep(60);
    expect(seen).toEqual(['a in', 'a out', 'b in', 'b out']);
  });

  it('logs what a handler throws and goes on with the others', async () => {
    const logged: object[] = [];
    const logger: Logger = { ...silentLogger, error: (data) => logged.push(data) };
    const events = createEventDispatcher(10, logger);
    const seen: string[] = [];
    events.on('connectionChange', () => {
      throw new Error('in a handler');
    });
    events.on('connectionChange', () => Promise.reject(new Error('later')));
    events.on('connectionChange', ({ chatId }) => void seen.push(chatId));
    events.push(change('a'));
    await sleep(20);
    expect(seen).toEqual(['a']);
    expect(logged).toHaveLength(2);
  });

  it('drops the oldest when handlers are too slow, and counts it', async () => {
    const events = createEventDispatcher(3, silentLogger);
    const seen: string[] = [];
    events.events$.subscribe((event) => seen.push(event.chatId));
    for (const chatId of ['a', 'b', 'c', 'd', 'e']) events.push(change(chatId));
    await sleep(20);
    expect(seen).toEqual(['c', 'd', 'e']);
    expect(events.dropped).toBe(2);
  });

  it('loses no event that comes just as the last one has been handed out', async () => {
    for (let turns = 0; turns < 10; turns++) {
      const events = createEventDispatcher(10, silentLogger);
      const seen: string[] = [];
      const pushLater = async (): Promise<void> => {
        for (let i = 0; i < turns; i++) await Promise.resolve();
        events.push(change('b'));
      };
      events.on('connectionChange', ({ chatId }) => {
        seen.push(chatId);
        if (chatId === 'a') void pushLater();
      });
      events.push(change('a'));
      await sleep(10);
      expect(seen).toEqual(['a', 'b']);
    }
  });

  it('lets a handler push, unsubscribe and close: what waits then is handed out, and nothing that comes later', async () => {
    const events = createEventDispatcher(10, silentLogger);
    const seen: string[] = [];
    const seenByOther: string[] = [];
    const emitted: string[] = [];
    events.events$.subscribe({ next: ({ chatId }) => emitted.push(chatId), complete: () => emitted.push('end') });
    const off = events.on('connectionChange', ({ chatId }) => {
      seen.push(chatId);
      if (chatId === 'a') for (const next of ['b', 'c']) events.push(change(next));
      if (chatId === 'b') {
        off();
        events.close();
        events.push(change('too late'));
      }
    });
    events.on('connectionChange', ({ chatId }) => void seenByOther.push(chatId));
    events.push(change('a'));
    await sleep(30);
    events.push(change('much too late'));
    await sleep(20);
    expect(seen).toEqual(['a', 'b']);
    expect(seenByOther).toEqual(['a', 'b', 'c']);
    expect(emitted).toEqual(['a', 'b', 'c', 'end']);
  });
});
