import type { JoinedCall } from 'rxcall';
import { progressBar } from './progress-bar.ts';
import type { Track } from './track.ts';

/** The music of one chat: what plays, and what comes next. */
export interface Room {
  readonly call: JoinedCall;
  /** Plays now, or behind what is there; says which. */
  add(track: Track): Promise<string>;
  /** Goes on to the next track, over those that cannot be played; returns what to say. */
  next(): Promise<string>;
  nowPlaying(): string;
  list(): string;
  clear(): void;
}

export function createRoom(call: JoinedCall): Room {
  const queue: Track[] = [];
  let current: Track | undefined;

  async function next(): Promise<string> {
    const failures: string[] = [];
    while ((current = queue.shift())) {
      try {
        await call.play(current.source);
        return [...failures, nowPlaying()].join('\n');
      } catch (error) {
        failures.push(`✗ ${current.title}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    call.stop();
    return [...failures, 'The queue is empty.'].join('\n');
  }

  function nowPlaying(): string {
    if (!current) return 'Nothing plays.';
    const { positionMs, paused } = call;
    return `${paused ? '⏸' : '▶'} ${current.title}\n${progressBar(positionMs, current.durationMs)}`;
  }

  return {
    call,
    async add(track) {
      queue.push(track);
      return current ? `${queue.length}. ${track.title}` : await next();
    },
    next,
    nowPlaying,
    list: () => queue.map(({ title }, index) => `${index + 1}. ${title}`).join('\n') || 'The queue is empty.',
    clear() {
      queue.length = 0;
      current = undefined;
      call.stop();
    },
  };
}
