import { isDeepStrictEqual } from 'node:util';

/** A sample, reduced to what a marble test compares. `letter` is all there is of silence. */
export interface SeenSample {
  readonly letter: string;
  readonly kind?: 'audio' | 'video';
  readonly ptsMs?: number;
  readonly durationMs?: number;
  readonly keyframe?: boolean;
  readonly break?: boolean;
}

interface Frame {
  frame: number;
  notification: { kind: 'N' | 'E' | 'C'; value?: unknown; error?: unknown };
}

/**
 * The assertion of a marble test: throws an error that draws what was expected and what came, and lists, time by time,
 * where they differ. Independent of any test framework. `stepMs` is the length of a character.
 */
export function compareTimelines(actual: unknown, expected: unknown, stepMs: number): void {
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
  const drawn = [expected, actual].map((frames) => draw(frames, stepMs));
  const pictures = drawn.every((line) => line !== undefined)
    ? [`expected ${drawn[0]!}`, `actual   ${drawn[1]!}`, '']
    : [];
  throw new Error(['Marbles differ.', ...pictures, ...lines].join('\n'));
}

function isTimeline(value: unknown): value is Frame[] {
  return Array.isArray(value) && value.every((entry: unknown) => isFrame(entry));
}

function isFrame(value: unknown): value is Frame {
  return typeof value === 'object' && value !== null && 'frame' in value && 'notification' in value;
}

/** The marble diagram of samples; undefined for other values, and for times between two characters. */
function draw(frames: readonly Frame[], stepMs: number): string | undefined {
  let line = '';
  for (const time of new Set(frames.map((entry) => entry.frame))) {
    const marks = frames.filter((entry) => entry.frame === time).map(markOf);
    const gap = time / stepMs - line.length;
    if (gap < 0 || !Number.isInteger(gap) || gap > 200 || marks.includes(undefined)) return undefined;
    line += '-'.repeat(gap) + (marks.length > 1 ? `(${marks.join('')})` : marks[0]!);
  }
  return line;
}

function markOf({ notification }: Frame): string | undefined {
  if (notification.kind === 'C') return '|';
  if (notification.kind === 'E') return '#';
  return isSeen(notification.value) ? notification.value.letter : undefined;
}

function describeAt(frames: readonly Frame[], time: number): string {
  const here = frames.filter((entry) => entry.frame === time);
  return here.length === 0 ? 'nothing' : here.map(describe).join(', ');
}

function describe({ notification }: Frame): string {
  if (notification.kind === 'C') return 'complete';
  if (notification.kind === 'E') return `error ${print(notification.error)}`;
  return isSeen(notification.value) ? describeSample(notification.value) : print(notification.value);
}

function isSeen(value: unknown): value is SeenSample {
  return typeof value === 'object' && value !== null && 'letter' in value;
}

function describeSample(seen: SeenSample): string {
  const parts = [
    seen.kind,
    seen.ptsMs === undefined ? undefined : `pts ${seen.ptsMs} ms`,
    seen.durationMs === undefined ? undefined : `${seen.durationMs} ms long`,
    seen.kind === 'video' ? (seen.keyframe ? 'keyframe' : 'no keyframe') : undefined,
    seen.break === undefined ? undefined : seen.break ? 'break' : 'no break',
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? `${seen.letter} (${parts.join(', ')})` : seen.letter;
}

function print(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return JSON.stringify(value) ?? String(value);
}
