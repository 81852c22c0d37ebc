import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPresenceCheck } from '../../src/telegram/presence-check.ts';

describe('createPresenceCheck', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function setUp(check: () => Promise<boolean>): { presence: ReturnType<typeof createPresenceCheck>; told: string[] } {
    const told: string[] = [];
    const presence = createPresenceCheck({
      check,
      onMissing: () => told.push('missing'),
      onError: (error) => told.push((error as Error).message),
    });
    return { presence, told };
  }

  it('asks every 4 s as long as it runs, however often it is started', async () => {
    const check = vi.fn(async () => true);
    const { presence } = setUp(check);
    presence.start();
    presence.start();
    await vi.advanceTimersByTimeAsync(12_100);
    expect(check).toHaveBeenCalledTimes(3);
    presence.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(check).toHaveBeenCalledTimes(3);
  });

  it('tells once that we are missing, and stops', async () => {
    const { presence, told } = setUp(async () => false);
    presence.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual(['missing']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('asks again when the question itself fails', async () => {
    let answers = 0;
    const { presence, told } = setUp(() =>
      ++answers < 3 ? Promise.reject(new Error(`${answers}`)) : Promise.resolve(false),
    );
    presence.start();
    await vi.advanceTimersByTimeAsync(12_100);
    expect(told).toEqual(['1', '2', 'missing']);
  });

  it('asks one question at a time, and forgets the answer to one from before a stop', async () => {
    const answers: ((present: boolean) => void)[] = [];
    const { presence, told } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    presence.start();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(answers).toHaveLength(1);
    presence.stop();
    presence.start();
    answers[0]!(false);
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(4000);
    answers[1]!(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['missing']);
  });
});
