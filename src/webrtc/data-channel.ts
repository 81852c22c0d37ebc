import type { Observable } from 'rxjs';

export interface DataChannelOptions {
  /** Default `'data'`, as Telegram's servers expect. */
  label?: string | undefined;
  /**
   * SCTP stream to open it on. Default 0, as Telegram's clients do. A peer that opens channels of its own may want that
   * one: RFC 8832, section 6, leaves the odd ones to the DTLS server. Without meaning for who waits.
   */
  id?: number | undefined;
  /** `false` waits for the peer to open a channel of that label. Default true. */
  opener?: boolean | undefined;
}

/** `closed` is final. */
export type DataChannelState = 'connecting' | 'open' | 'closed';

/** Messages of text to and from the peer, reliable and in order (RFC 8831). */
export interface DataChannel {
  readonly label: string;
  readonly state: DataChannelState;
  /** Replays the present state; completes after `closed`. */
  readonly state$: Observable<DataChannelState>;
  /** Every message of text from now on; completes with the channel. Binary messages are dropped. */
  readonly messages$: Observable<string>;
  /** Sends a message of at most 64 KiB. Returns false, and drops it, unless the channel is open. */
  send(text: string): boolean;
  /** Idempotent; ends the association, too. */
  close(): void;
}
