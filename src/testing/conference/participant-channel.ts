import { Subject, type Observable } from 'rxjs';
import { parseReceiverVideo, senderVideoConstraints } from '../../telegram/colibri.ts';
import type { DataChannel, DataChannelState } from '../../webrtc/data-channel.ts';
import type { WebRtcTransport } from '../../webrtc/types.ts';

/** The data channel of a participant, seen from the conference's side. It is the participant who opens it. */
export interface LoopbackChannel {
  readonly state: DataChannelState;
  /** Every text that came, in order. */
  readonly messages: readonly string[];
  /** Those from now on; completes when the participant leaves. */
  readonly messages$: Observable<string>;
  /** Sends a text; false when the channel is not open. */
  send(text: string): boolean;
  /** Says how high a picture the others want, in pixels, 0 for none, as Telegram's server does (`SenderVideoConstraints`). */
  constrainVideo(idealHeight: number): boolean;
}

/** Waits for the first packet of SCTP before it loads what understands it, and again when the participant connects anew. */
export class ParticipantChannel implements LoopbackChannel {
  readonly messages: string[] = [];
  readonly messages$: Observable<string>;
  readonly #messages$ = new Subject<string>();
  readonly #transport: WebRtcTransport;
  #channel: DataChannel | undefined;
  #wantedHeight: ((endpoint: string) => number) | undefined;

  constructor(transport: WebRtcTransport) {
    this.messages$ = this.#messages$.asObservable();
    this.#transport = transport;
    transport.state$.subscribe({ complete: () => this.#messages$.complete() });
    this.#wait();
  }

  get state(): DataChannelState {
    return this.#channel?.state ?? 'connecting';
  }

  send(text: string): boolean {
    return this.#channel?.send(text) ?? false;
  }

  constrainVideo(idealHeight: number): boolean {
    return this.send(senderVideoConstraints(idealHeight));
  }

  /** Whether the participant wants the picture of that endpoint. All are wanted until it says otherwise. */
  wantsVideo(endpoint: string): boolean {
    return this.#wantedHeight?.(endpoint) !== 0;
  }

  #wait(): void {
    const early: Buffer[] = [];
    this.#transport.onData = (data) => {
      if (early.push(Buffer.from(data)) === 1) this.#open(early).catch(() => {}); // it has left meanwhile
    };
  }

  async #open(early: readonly Buffer[]): Promise<void> {
    const transport = this.#transport;
    const channel = await transport.openDataChannel({ opener: false });
    this.#channel = channel;
    channel.messages$.subscribe((text) => {
      this.messages.push(text);
      this.#wantedHeight = parseReceiverVideo(text) ?? this.#wantedHeight;
      this.#messages$.next(text);
    });
    for (const data of early) transport.onData?.(data);
    channel.state$.subscribe({ complete: () => transport.state !== 'closed' && this.#wait() });
  }
}
