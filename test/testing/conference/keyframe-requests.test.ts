import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyframeRequests } from '../../../src/testing/conference/keyframe-requests.ts';

describe('KeyframeRequests', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('passes the first request on at once, and those that follow it soon as one', () => {
    const send = vi.fn();
    const requests = new KeyframeRequests(send);
    requests.ask();
    expect(send).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 10; i++) requests.ask();
    vi.advanceTimersByTime(499);
    expect(send).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(send).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(5000);
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('passes on nothing that was answered meanwhile', () => {
    const send = vi.fn();
    const requests = new KeyframeRequests(send);
    requests.ask();
    requests.ask();
    requests.answered();
    vi.advanceTimersByTime(5000);
    expect(send).toHaveBeenCalledTimes(1);
    requests.ask();
    expect(send).toHaveBeenCalledTimes(2);
  });
});
