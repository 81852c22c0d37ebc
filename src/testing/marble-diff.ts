import { isDeepStrictEqual } from 'node:util';

interface Frame {
  frame: number;
  notification: { kind: 'N' | 'E' | 'C'; value?: unknown; error?: unknown };
}

/**
 * The assertion of a marble test: throws an error that lists, time by time, what was expected and what came. Independent of
 * any test framework.
 */
export function compareTimelines(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  if (!isTimeline(actual) || !isTimeline(expected)) {
    throw new Error(`Subscriptions differ.\nexpected ${print(expected)}\nactual   ${print(actual)}`);
  }
  const times = [...new Set([...actual, ...expected].map((entry) => entry.frame))].sort((a, b) => a - b);
  const lines = times.map((time) => {
    const came = describeAt(actual, time);
    const wanted = describeAt(expected, time);
    return came === wanted
      ? `   ${time} ms  ${came}`
      : `>  ${time} ms  expected ${wanted}\n${' '.repeat(9)}actual   ${came}`;
  });
  throw new Error(`Marbles differ.\n${lines.join('\n')}`);
}

function isTimeline(value: unknown): value is Frame[] {
  return Array.isArray(value) && value.every((entry: unknown) => isFrame(entry));
}

function isFrame(value: unknown): value is Frame {
  return typeof value === 'object' && value !== null && 'frame' in value && 'notification' in value;
}

function describeAt(frames: readonly Frame[], time: number): string {
  const here = frames.filter((entry) => entry.frame === time);
  return here.length === 0 ? 'nothing' : here.map(describe).join(', ');
}

function describe({ notification }: Frame): string {
  if (notification.kind === 'C') return 'complete';
  if (notification.kind === 'E') return `error ${print(notification.error)}`;
  return print(notification.value);
}

function print(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return JSON.stringify(value) ?? String(value);
}
