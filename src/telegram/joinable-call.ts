import type { MediaState } from './media-state.ts';

/** Where a call's media connection stands. `failed` and `timeout` need a new one; `closed` is the end of the call. */
export type JoinableStatus = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'timeout' | 'closed';

/** A call as the joining of it sees it: something with a payload, to be connected with the answer. */
export interface JoinableCall {
  /** `params` of `phone.joinGroupCall`. */
  readonly joinPayload: string;
  /** The audio SSRC that is in the payload, unsigned. */
  readonly ssrcs: { readonly audio: number };
  readonly status: JoinableStatus;
  readonly mediaState: MediaState;
  /** Resolves when media can flow; again with another answer to the same payload. An abort ends the attempt, not the call. */
  connect(answer: string, options: { signal: AbortSignal }): Promise<void>;
  /**
   * Gives up the connection, in whatever state, and makes another one with new SSRCs and so a new payload. The call is `new`
   * then, its playback goes on when it is connected again.
   */
  renew(): Promise<void>;
  /** Tells that the status or the media state may have changed. Returns what ends it. */
  watch(listener: () => void): () => void;
}
