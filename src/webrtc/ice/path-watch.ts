import type { CandidatePair } from './candidate-pair.ts';

export type PathVerdict = 'connected' | 'disconnected' | 'failed';

export interface PathWatchOptions {
  disconnectedAfterMs: number;
  failedAfterMs: number;
  /** Whether we send checks: only then do answers count. */
  checks: boolean;
}

/** RFC 7675, section 5.1: without an answer for so long, nothing but checks may be sent. */
const CONSENT_EXPIRES_MS = 30_000;
/** The selected pair is in doubt after so many checks without an answer, and so long without hearing anything. */
const DOUBTFUL_UNANSWERED = 4;
const DOUBTFUL_SILENCE_MS = 3000;

/** Judges whether the selected pair still works. */
export class PathWatch {
  readonly #options: PathWatchOptions;
  #disconnectedMs = Infinity;

  constructor(options: PathWatchOptions) {
    this.#options = options;
  }

  judge(pair: CandidatePair, nowMs: number): PathVerdict {
    const { disconnectedAfterMs, failedAfterMs } = this.#options;
    if (nowMs - pair.heardMs < disconnectedAfterMs && !this.isConsentExpired(pair, nowMs)) {
      this.#disconnectedMs = Infinity;
      return 'connected';
    }
    this.#disconnectedMs = Math.min(this.#disconnectedMs, nowMs);
    return nowMs - this.#disconnectedMs >= failedAfterMs ? 'failed' : 'disconnected';
  }

  isConsentExpired(pair: CandidatePair, nowMs: number): boolean {
    return this.#options.checks && nowMs - pair.answeredMs >= CONSENT_EXPIRES_MS;
  }

  /** Whether another path is worth looking for. */
  isDoubtful(pair: CandidatePair, nowMs: number): boolean {
    if (this.#disconnectedMs !== Infinity) return true;
    return pair.unanswered >= DOUBTFUL_UNANSWERED && nowMs - pair.heardMs >= DOUBTFUL_SILENCE_MS;
  }

  /** When the verdict may change if nothing arrives. */
  nextMs(pair: CandidatePair): number {
    if (this.#disconnectedMs !== Infinity) return this.#disconnectedMs + this.#options.failedAfterMs;
    const silenceMs = pair.heardMs + this.#options.disconnectedAfterMs;
    return this.#options.checks ? Math.min(silenceMs, pair.answeredMs + CONSENT_EXPIRES_MS) : silenceMs;
  }
}
