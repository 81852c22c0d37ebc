import { OptionError } from '../../core/errors.ts';
import type { MediaKind } from '../../core/sample.ts';

/** One line of a script for {@link createScriptedFfmpeg}, parsed. Times are in milliseconds. */
export type ScriptStep =
  | { readonly type: 'media'; readonly kinds: readonly MediaKind[]; readonly ms: number; readonly realtime: boolean }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'bytes'; readonly count: number }
  | { readonly type: 'stderr'; readonly text: string }
  | { readonly type: 'deaf' }
  | { readonly type: 'exit'; readonly code: number }
  | { readonly type: 'kill'; readonly signal: string };

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const KINDS: Readonly<Record<string, readonly MediaKind[]>> = {
  media: ['audio', 'video'],
  audio: ['audio'],
  video: ['video'],
};

/** Reads a script, a step a line. Throws {@link OptionError} with the line that makes no sense. */
export function parseScript(script: string): ScriptStep[] {
  return script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const step = parseStep(line);
      if (!step) throw new OptionError('script', line, 'media, audio, video, wait, bytes, stderr, deaf, exit or kill');
      return step;
    });
}

function parseStep(line: string): ScriptStep | undefined {
  const [word = '', ...rest] = line.split(/\s+/);
  const [first = ''] = rest;
  if (word === 'stderr') return { type: 'stderr', text: line.slice(word.length).trim() };
  if (word === 'deaf' && rest.length === 0) return { type: 'deaf' };
  if (word === 'kill' && /^SIG[A-Z]+$/.test(first)) return { type: 'kill', signal: first };
  if (word === 'exit' && /^\d+$/.test(first)) return { type: 'exit', code: Number(first) };
  if (word === 'bytes' && /^\d+$/.test(first)) return { type: 'bytes', count: Number(first) };

  const realtime = rest.at(-1) === 'realtime';
  const ms = durationMs(realtime ? rest.slice(0, -1) : rest);
  if (ms === undefined) return undefined;
  if (word === 'wait' && !realtime) return { type: 'wait', ms };
  const kinds = KINDS[word];
  return kinds && { type: 'media', kinds, ms, realtime };
}

/** A time such as `200ms`, `3s` or `1m`; without one, for ever. */
function durationMs(words: readonly string[]): number | undefined {
  const [word, ...more] = words;
  if (more.length > 0) return undefined;
  if (word === undefined) return Infinity;
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(word) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS_MS[unit]!;
}
