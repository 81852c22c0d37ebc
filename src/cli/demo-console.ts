import type { CallState } from '../calls/call-state.ts';
import type { CallStats } from '../calls/group-call.ts';
import type { MediaKind } from '../core/sample.ts';

/** What the demo says while it runs: lines that stay, and one that is written over. */
export interface DemoConsole {
  line(text: string): void;
  progress(text: string): void;
}

/** On a terminal the progress line stays one line; elsewhere it is written now and then. */
export function createDemoConsole(output: NodeJS.WriteStream, everyMs = 5000): DemoConsole {
  let width = 0;
  let lastMs = -Infinity;

  function clear(): void {
    if (width > 0) output.write(`\r${' '.repeat(width)}\r`);
    width = 0;
  }

  return {
    line(text) {
      clear();
      output.write(`${text}\n`);
    },
    progress(text) {
      if (output.isTTY) {
        clear();
        output.write(text);
        width = text.length;
      } else if (performance.now() - lastMs >= everyMs) {
        lastMs = performance.now();
        output.write(`${text}\n`);
      }
    },
  };
}

/** A call's state in a few words, as in `connected, playing, muted`. */
export function formatState(state: CallState): string {
  const words: string[] = [state.connection.status, state.playback.status];
  if (state.playback.status === 'ended') words.push(`reason: ${state.playback.reason}`);
  if (state.opening) words.push(`opening ${state.opening.label}`);
  if (state.paused) words.push('paused');
  if (state.muted) words.push('muted');
  return words.join(', ');
}

/** One line of numbers: position, bitrate since the last line, lateness, loss. */
export function formatProgress(now: CallStats, before: CallStats, elapsedMs: number): string {
  const kbps = (kind: MediaKind): number => {
    const bits = ((now[kind]?.bytesSent ?? 0) - (before[kind]?.bytesSent ?? 0)) * 8;
    return elapsedMs > 0 ? Math.round(bits / elapsedMs) : 0;
  };
  const picture = now.video?.bytesSent ? ` and ${kbps('video')}` : '';
  const late = now.audio?.latenessP99Ms ?? 0;
  const lost = now.audio?.remoteFractionLost;
  const loss = lost === null || lost === undefined ? 'loss –' : `loss ${(lost * 100).toFixed(1)} %`;
  return `${formatTime(now.positionMs)}   ${kbps('audio')}${picture} kbit/s   late ${late.toFixed(1)} ms (p99)   ${loss}`;
}

/** Minutes and seconds, as in `1:05`. */
export function formatTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
