import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GroupCall } from '../../src/calls/group-call.ts';
import { controlByKeys } from '../../src/cli/demo-keys.ts';

/** A terminal whose keys are pressed by writing to it. */
function terminal(isTTY: boolean) {
  const rawModes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: (raw: boolean) => rawModes.push(raw) });
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
  return { input, rawModes };
}

/** A call that writes down what it is asked for. */
function createFakeCall() {
  const asked: string[] = [];
  const call = { paused: false, muted: false };
  const switches = {
    pause: () => note('pause', { paused: true }),
    resume: () => note('resume', { paused: false }),
    mute: () => note('mute', { muted: true }),
    unmute: () => note('unmute', { muted: false }),
    seekBy: (ms: number) => {
      asked.push(`seekBy ${ms}`);
      return Promise.reject(new Error('cannot seek'));
    },
  };
  function note(what: string, change: Partial<typeof call>): void {
    asked.push(what);
    Object.assign(call, change);
  }
  return { call: Object.assign(call, switches) as unknown as GroupCall, asked };
}

describe('controlByKeys', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('pauses, mutes, seeks and quits', async () => {
    const { input, rawModes } = terminal(true);
    const { call, asked } = createFakeCall();
    let quits = 0;
    const release = controlByKeys(call, () => quits++);
    for (const keys of [' ', ' ', 'm', 'm', '\x1b[C', '\x1b[D', 'x', 'q', '\x03']) {
      input.write(keys);
      await setImmediate();
    }
    expect(asked).toEqual(['pause', 'resume', 'mute', 'unmute', 'seekBy 5000', 'seekBy -5000']);
    expect(quits).toBe(2);
    release();
    input.write('q');
    await setImmediate();
    expect(quits).toBe(2);
    expect(rawModes).toEqual([true, false]);
  });

  it('leaves alone what is no terminal', async () => {
    const { input, rawModes } = terminal(false);
    let quits = 0;
    const release = controlByKeys(createFakeCall().call, () => quits++);
    input.write('q');
    await setImmediate();
    release();
    expect({ quits, rawModes }).toEqual({ quits: 0, rawModes: [] });
  });
});
