import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AbortedError } from '../../src/core/errors.ts';
import { retryWithNewSsrcs } from '../../src/telegram/ssrc-retry.ts';

const duplicate = (): Error => new Error('400: GROUPCALL_SSRC_DUPLICATE_MUCH');

describe('retryWithNewSsrcs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('joins with new SSRCs until they are free, at once and then with growing waits', async () => {
    const started = Date.now();
    const steps: string[] = [];
    let left = 4;
    const join = async (): Promise<string> => {
      steps.push(`join ${Date.now() - started}`);
      if (left-- > 0) throw duplicate();
      return 'answer';
    };
    const renew = async (): Promise<void> => void steps.push('renew');
    const joined = retryWithNewSsrcs(join, renew);
    await vi.runAllTimersAsync();
    await expect(joined).resolves.toBe('answer');
    expect(steps).toEqual([
      'join 0',
      'renew',
      'join 0',
      'renew',
      'join 1000',
      'renew',
      'join 3000',
      'renew',
      'join 7000',
    ]);
  });

  it('gives up after five attempts, or as many as asked for', async () => {
    for (const [options, times] of [
      [{}, 5],
      [{ attempts: 2 }, 2],
    ] as const) {
      const join = vi.fn(() => Promise.reject(duplicate()));
      const joined = expect(retryWithNewSsrcs(join, async () => {}, options)).rejects.toThrow(/DUPLICATE/);
      await vi.runAllTimersAsync();
      await joined;
      expect(join).toHaveBeenCalledTimes(times);
    }
  });

  it('passes any other error on, without a renewal', async () => {
    const renew = vi.fn(async () => {});
    await expect(retryWithNewSsrcs(() => Promise.reject(new Error('CHAT_ADMIN_REQUIRED')), renew)).rejects.toThrow(
      /ADMIN/,
    );
    expect(renew).not.toHaveBeenCalled();
  });

  it('ends with its signal while it waits', async () => {
    const controller = new AbortController();
    const renew = vi.fn(async () => {});
    const options = { delayMs: () => 60_000, signal: controller.signal };
    const joined = expect(retryWithNewSsrcs(() => Promise.reject(duplicate()), renew, options)).rejects.toThrow(
      AbortedError,
    );
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await joined;
    expect(renew).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
