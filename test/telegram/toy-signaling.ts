import type { ChatId } from '../../src/telegram/chat-id.ts';
import type { ParticipantFlags } from '../../src/telegram/media-state.ts';
import type { SelfParticipant, SignalingUpdate } from '../../src/telegram/self-participant.ts';
import type { JoinRequest, Signaling } from '../../src/telegram/signaling.ts';
import { sampleAnswer } from './answer-fixture.ts';

export const RTC_ANSWER: string = JSON.stringify(sampleAnswer());

/** A signaling of calls without a library: it keeps what was asked of it, and is told what to answer. */
export class ToySignaling implements Required<Omit<Signaling, 'joinPresentation' | 'leavePresentation'>> {
  readonly log: string[] = [];
  readonly requests: JoinRequest[] = [];
  readonly edits: ParticipantFlags[] = [];
  answer: string | object = RTC_ANSWER;
  /** Thrown by the next joins, one each; undefined lets one through. */
  readonly refusals: (Error | undefined)[] = [];
  present = true;
  checkError: Error | undefined;
  editError: ((flags: ParticipantFlags) => Error | undefined) | undefined;
  /** Joins wait for it. */
  gate: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<(update: SignalingUpdate) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  async join(_chatId: ChatId, payload: string, request: JoinRequest): Promise<string | object> {
    const { ssrc } = JSON.parse(payload) as { ssrc: number };
    this.log.push(`join ${ssrc}`);
    this.requests.push(request);
    await this.gate;
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    return this.answer;
  }

  async leave(_chatId: ChatId, source: number): Promise<void> {
    this.log.push(`leave ${source}`);
  }

  async check(_chatId: ChatId, sources: readonly number[]): Promise<readonly number[]> {
    this.log.push(`check ${sources.join()}`);
    if (this.checkError) throw this.checkError;
    return this.present ? sources : [];
  }

  async edit(_chatId: ChatId, flags: ParticipantFlags): Promise<void> {
    this.edits.push(flags);
    const error = this.editError?.(flags);
    if (error) throw error;
  }

  watch(_chatId: ChatId, listener: (update: SignalingUpdate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: Partial<SelfParticipant> & { source: number }): void {
    const participant = { left: false, muted: false, canSelfUnmute: true, volume: 1, versioned: true, ...change };
    this.#tell({ type: 'self', participant });
  }

  discard(): void {
    this.#tell({ type: 'discarded' });
  }

  #tell(update: SignalingUpdate): void {
    for (const listener of [...this.#listeners]) listener(update);
  }
}
