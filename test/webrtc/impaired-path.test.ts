import { afterEach, describe, expect, it, vi } from 'vitest';
import { ImpairedPath } from '../../src/webrtc/impaired-path.ts';
import type { Impairment } from '../../src/webrtc/transport-options.ts';

describe('a bottleneck', () => {
  afterEach(() => void vi.useRealTimers());

  it('lets datagrams pass one after the other, each way by itself, and loses what would wait for too long', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const startMs = performance.now();
    const impairment: Impairment = { rateKbps: 80, queueMs: 250 }; // 100 ms for each of these
    const path = new ImpairedPath(impairment);
    const passed: string[] = [];
    const send = (direction: 'send' | 'receive', name: string): void =>
      path.pass(direction, Buffer.alloc(972, name), (datagram) => {
        passed.push(`${datagram.toString('utf8', 0, 1)} ${performance.now() - startMs}`);
      });
    for (const name of 'abcdefg') send('send', name);
    send('receive', 'x');
    vi.advanceTimersByTime(1000);
    expect(passed).toEqual(['a 100', 'x 100', 'b 200', 'c 300']);

    passed.length = 0;
    impairment.rateKbps = undefined;
    send('send', 'h');
    expect(passed).toEqual(['h 1000']);
    path.close();
  });
});
