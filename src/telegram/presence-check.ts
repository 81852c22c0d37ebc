/** How often Telegram's own clients ask while they are not connected. */
const CHECK_EVERY_MS = 4000;

export interface PresenceCheckOptions {
  /** Asks the server whether we are still in the call. */
  check: () => Promise<boolean>;
  /** It said that we are not. Asking has stopped then. */
  onMissing: () => void;
  /** It could not be asked; it is asked again. */
  onError: (error: unknown) => void;
  /** In milliseconds. Default 4000. */
  everyMs?: number | undefined;
}

/** Asks over and over, one question at a time, as long as it runs. */
export interface PresenceCheck {
  /** Starts with a first wait; nothing when it runs already. */
  start(): void;
  stop(): void;
}

/**
 * Watches over our place in a call while no media connection proves it. A server that has heard nothing for some time drops a
 * participant; only this question tells, for the connection itself is merely silent.
 */
export function createPresenceCheck(options: PresenceCheckOptions): PresenceCheck {
  const { check, onMissing, onError, everyMs = CHECK_EVERY_MS } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** A new number for each start: an answer to a question of before is nobody's business. */
  let run = 0;

  function arm(): void {
    const mine = run;
    timer = setTimeout(() => void ask(mine), everyMs);
  }

  async function ask(mine: number): Promise<void> {
    let present = true;
    try {
      present = await check();
    } catch (error) {
      if (mine === run) onError(error);
    }
    if (mine !== run) return;
    if (present) {
      arm();
      return;
    }
    stop();
    onMissing();
  }

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
    run++;
  }

  return {
    start() {
      if (timer === undefined) arm();
    },
    stop,
  };
}
