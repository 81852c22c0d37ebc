import { BehaviorSubject, Subject, Subscription, type Observable } from 'rxjs';
import { RTCSctpTransport, type RTCDtlsTransport } from 'werift';
import type { Logger } from '../core/logger.ts';
import type { DataChannel, DataChannelOptions, DataChannelState } from './data-channel.ts';
import { decodeDcep, encodeDcep, PPID_DCEP, PPID_STRING, PPID_STRING_EMPTY } from './dcep.ts';
import { isWellFormedSctp } from './sctp-guard.ts';
import type { WebRtcTransport } from './types.ts';

/** Port of WebRTC's SCTP, over DTLS (RFC 8841, section 5.1). */
const SCTP_PORT = 5000;
/** What every implementation takes in one message (RFC 8831, section 6.6, and RFC 8841, section 6.1). */
const MAX_MESSAGE_BYTES = 65_536;

export type SctpCarrier = Pick<WebRtcTransport, 'state$' | 'onData' | 'sendData'>;

/**
 * A data channel over an SCTP association of its own. The association is werift's, over our DTLS; this is the only file
 * that needs it, and takes 200 ms to load for its sake: import it dynamically.
 */
export function openSctpChannel(carrier: SctpCarrier, options: DataChannelOptions, logger: Logger): DataChannel {
  return new SctpChannel(carrier, options, logger);
}

class SctpChannel implements DataChannel {
  readonly label: string;
  readonly state$: Observable<DataChannelState>;
  readonly messages$: Observable<string>;
  readonly #state$: BehaviorSubject<DataChannelState> = new BehaviorSubject<DataChannelState>('connecting');
  readonly #messages$: Subject<string> = new Subject<string>();
  readonly #opener: boolean;
  readonly #logger: Logger;
  readonly #carrier: SctpCarrier;
  readonly #transport: RTCSctpTransport = new RTCSctpTransport(SCTP_PORT);
  /** To the state of the carrier. */
  readonly #following: Subscription = new Subscription();
  /** Undefined until the peer has opened it. */
  #stream: number | undefined;

  constructor(carrier: SctpCarrier, { label = 'data', id = 0, opener = true }: DataChannelOptions, logger: Logger) {
    this.label = label;
    this.state$ = this.#state$.asObservable();
    this.messages$ = this.#messages$.asObservable();
    this.#carrier = carrier;
    this.#opener = opener;
    this.#stream = opener ? id : undefined;
    this.#logger = logger;
    this.#connectSctp();
    this.#following.add(
      carrier.state$.subscribe({
        next: (state) => {
          if (state === 'connected') void this.#transport.start(SCTP_PORT);
          else if (state === 'failed' || state === 'closed') this.close();
        },
        complete: () => this.close(),
      }),
    );
  }

  get state(): DataChannelState {
    return this.#state$.value;
  }

  send(text: string): boolean {
    const bytes = Buffer.from(text);
    if (this.state !== 'open' || bytes.length > MAX_MESSAGE_BYTES) return false;
    // An empty message cannot be sent (RFC 8831, section 6.6): one byte stands for it.
    if (bytes.length === 0) this.#transmit(PPID_STRING_EMPTY, Buffer.alloc(1));
    else this.#transmit(PPID_STRING, bytes);
    return true;
  }

  close(): void {
    if (this.state === 'closed') return;
    this.#state$.next('closed');
    this.#following.unsubscribe();
    this.#carrier.onData = undefined;
    this.#guard(this.#transport.stop());
    this.#messages$.complete();
    this.#state$.complete();
  }

  /** Puts werift's SCTP on our DTLS, and takes it away from werift's own data channels. */
  #connectSctp(): void {
    const carrier = this.#carrier;
    let received = Promise.resolve();
    const dtls = {
      id: '0',
      // Who controls begins the association, in werift; so does who opens the channel, here.
      iceTransport: { role: this.#opener ? 'controlling' : 'controlled' },
      onStateChange: { subscribe: () => ({ unSubscribe() {} }) },
      dataReceiver: undefined,
      sendData: (data: Buffer) => {
        carrier.sendData(data);
        return Promise.resolve();
      },
    };
    this.#transport.setDtlsTransport(dtls as unknown as RTCDtlsTransport);
    const { sctp } = this.#transport;
    sctp.onReceive.allUnsubscribe();
    sctp.onReceive.subscribe((stream, ppid, data) => this.#onReceive(stream, ppid, data));
    sctp.stateChanged.connected.subscribe(() => this.#onConnected());
    sctp.stateChanged.closed.subscribe(() => this.close());
    // Not by way of `dataReceiver`, which lets go of the promise: what is malformed throws in there. And one after the
    // other, for each may take several turns.
    const association = sctp as unknown as { handleData(packet: Buffer): Promise<void> };
    carrier.onData = (data) => {
      if (!isWellFormedSctp(data)) return this.#complain(new Error('a malformed packet was dropped'));
      const copy = Buffer.from(data);
      received = received
        .then(() => association.handleData(copy))
        .catch((error: unknown) => {
          this.#complain(error);
        });
    };
  }

  #onConnected(): void {
    this.#logger.debug({ label: this.label }, 'SCTP association is up');
    if (this.#opener) this.#transmit(PPID_DCEP, encodeDcep({ type: 'open', label: this.label }));
  }

  #onReceive(stream: number, ppid: number, data: Buffer): void {
    if (ppid === PPID_DCEP) this.#onDcep(stream, data);
    else if (stream === this.#stream && (ppid === PPID_STRING || ppid === PPID_STRING_EMPTY)) {
      // Who sends on it has it open, though the ACK be yet to come.
      this.#open();
      this.#messages$.next(ppid === PPID_STRING ? data.toString() : '');
    }
  }

  #onDcep(stream: number, data: Buffer): void {
    const message = decodeDcep(data);
    if (message?.type === 'ack' && stream === this.#stream) this.#open();
    if (message?.type !== 'open') return;
    this.#guard(this.#transport.sctp.send(stream, PPID_DCEP, encodeDcep({ type: 'ack' }), { ordered: true }));
    if (this.#opener || message.label !== this.label) return;
    this.#stream = stream;
    this.#open();
  }

  #open(): void {
    if (this.state === 'connecting') this.#state$.next('open');
  }

  #transmit(ppid: number, data: Buffer): void {
    this.#guard(this.#transport.sctp.send(this.#stream!, ppid, data, { ordered: true }));
  }

  #guard(job: Promise<unknown>): void {
    job.catch((error: unknown) => this.#complain(error));
  }

  #complain(error: unknown): void {
    this.#logger.debug({ error: (error as Error).message }, 'SCTP error');
  }
}
