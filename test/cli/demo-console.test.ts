import { describe, expect, it } from 'vitest';
import { initialCallState } from '../../src/calls/call-state.ts';
import type { CallStats } from '../../src/calls/group-call.ts';
import { createDemoConsole, formatProgress, formatState, formatTime } from '../../src/cli/demo-console.ts';

function outputOf(isTTY: boolean): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  return { stream, written };
}

describe('createDemoConsole', () => {
  it('writes over its progress on a terminal, and clears it for a line that stays', () => {
    const { stream, written } = outputOf(true);
    const console = createDemoConsole(stream);
    console.progress('12345');
    console.progress('67');
    console.line('done');
    console.line('bye');
    expect(written).toEqual(['12345', '\r     \r', '67', '\r  \r', 'done\n', 'bye\n']);
  });

  it('writes progress now and then elsewhere', () => {
    const { stream, written } = outputOf(false);
    const console = createDemoConsole(stream, 60_000);
    for (const text of ['one', 'two', 'three']) console.progress(text);
    console.line('done');
    expect(written).toEqual(['one\n', 'done\n']);
  });
});

describe('what the demo says', () => {
  it('tells a state in a few words', () => {
    expect(formatState(initialCallState)).toBe('new, idle');
    expect(formatState({ ...initialCallState, paused: true, muted: true })).toBe('new, idle, paused, muted');
  });

  it('tells times in minutes and seconds', () => {
    expect([0, 999, 65_000, 3_600_000].map(formatTime)).toEqual(['0:00', '0:00', '1:05', '60:00']);
  });

  it('tells bitrates since the last line, lateness and loss', () => {
    const stats = (audio: object | undefined, video?: object): CallStats =>
      ({ positionMs: 61_000, audio, video }) as unknown as CallStats;
    const before = stats({ bytesSent: 1000 });
    const now = stats({ bytesSent: 9000, latenessP99Ms: 1.26, remoteFractionLost: 0.015 });
    expect(formatProgress(now, before, 1000)).toBe('1:01   64 kbit/s   late 1.3 ms (p99)   loss 1.5 %');
    expect(formatProgress(stats({ bytesSent: 0 }, { bytesSent: 50_000 }), stats(undefined), 1000)).toBe(
      '1:01   0 and 400 kbit/s   late 0.0 ms (p99)   loss –',
    );
    expect(formatProgress(now, before, 0)).toContain('   0 kbit/s');
  });
});
