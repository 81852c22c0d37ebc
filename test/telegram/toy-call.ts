import type { JoinableCall, JoinableStatus } from '../../src/telegram/joinable-call.ts';
import type { MediaState } from '../../src/telegram/media-state.ts';

/** A call without media: it connects when told to, and keeps what was asked of it. */
export class ToyCall implements JoinableCall {
  status: JoinableStatus = 'new';
  ssrcs = { audio: 1000 };
  mediaState: MediaState = { muted: false, paused: false, video: false };
  readonly answers: string[] = [];
  renewals = 0;
  /** Attempts to connect that were called off. */
  aborts = 0;
  /** What `connect` does next: connects at once, waits to be told, or fails. */
  onConnect: 'connect' | 'wait' | Error = 'connect';
  readonly #listeners = new Set<() => void>();
  #waiting: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  get joinPayload(): string {
    return JSON.stringify({ ssrc: this.ssrcs.audio });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  connect(answer: string, { signal }: { signal: AbortSignal }): Promise<void> {
    this.answers.push(answer);
    this.become('connecting');
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#waiting = { resolve: () => resolve(undefined), reject };
    signal.addEventListener('abort', () => {
      this.aborts++;
      reject(signal.reason as Error);
    });
    if (this.onConnect === 'connect') this.finishConnecting();
    else if (this.onConnect !== 'wait') reject(this.onConnect);
    return promise;
  }

  finishConnecting(): void {
    this.become('connected');
    this.#waiting?.resolve();
  }

  renew(): Promise<void> {
    this.renewals++;
    this.ssrcs = { audio: this.ssrcs.audio + 10 };
    this.become('new');
    return Promise.resolve();
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(status: JoinableStatus): void {
    this.status = status;
    this.#tell();
  }

  show(change: Partial<MediaState>): void {
    this.mediaState = { ...this.mediaState, ...change };
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
