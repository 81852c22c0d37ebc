import { type MediaState, type ParticipantFlags, participantFlags } from './media-state.ts';

export interface MediaStateTellerOptions {
  /** The state to be shown now. */
  state: () => MediaState;
  edit: (flags: ParticipantFlags) => Promise<unknown>;
  onError: (error: unknown) => void;
}

/** Keeps the server's picture of a call up to date. */
export interface MediaStateTeller {
  /** The server knows this much from a (new) join, and no more. Told from now on. */
  start(known: ParticipantFlags): void;
  /** Tells what has changed, once, with `extra` on top of it. One request at a time; changes meanwhile go into the next. */
  tell(extra?: ParticipantFlags): void;
  /** The server has changed it by itself: it is told again if it differs from what is wanted. */
  learn(known: ParticipantFlags): void;
  stop(): void;
}

/** A change that cannot be told is dropped: the next one that differs is told anew. */
export function createMediaStateTeller(options: MediaStateTellerOptions): MediaStateTeller {
  const { state, edit, onError } = options;
  let known: ParticipantFlags | undefined;
  let pending: ParticipantFlags = {};
  let telling = false;

  async function run(): Promise<void> {
    telling = true;
    while (known) {
      const flags = { ...participantFlags(state(), known), ...pending };
      if (Object.keys(flags).length === 0) break;
      known = { ...known, ...flags };
      pending = {};
      try {
        await edit(flags);
      } catch (error) {
        onError(error);
      }
    }
    telling = false;
  }

  return {
    start(flags) {
      known = flags;
      pending = {};
    },
    tell(extra = {}) {
      if (!known) return;
      pending = { ...pending, ...extra };
      if (!telling) void run();
    },
    learn(flags) {
      if (known) known = { ...known, ...flags };
    },
    stop() {
      known = undefined;
    },
  };
}
