import { TransportError } from '../../core/errors.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import type { DtlsCertificate } from '../certificate.ts';
import type { DtlsFingerprint, DtlsRole, SrtpProfile } from '../types.ts';
import { decodeAlert, encodeAlert, HandshakeFailure, type AlertDescription } from './alert.ts';
import { clientHandshake } from './client-handshake.ts';
import type { HandshakeResult, HandshakeScript } from './conversation.ts';
import { FlightSender } from './flight-sender.ts';
import { Reassembler } from './handshake-message.ts';
import type { WriteKeys } from './key-schedule.ts';
import { ALERT, APPLICATION_DATA, HANDSHAKE, readRecords, RecordCipher, ReplayWindow, writeRecord } from './record.ts';
import type { DtlsRecord } from './record.ts';
import { serverHandshake } from './server-handshake.ts';
import { exportSrtpKeys, type SrtpKeys } from './srtp-keys.ts';

export type DtlsState = 'handshaking' | 'connected' | 'closed' | 'failed';

export interface DtlsAssociationOptions {
  role: DtlsRole;
  certificate: DtlsCertificate;
  /** Of the peer's certificate; one of them has to fit. */
  fingerprints: readonly DtlsFingerprint[];
  /** Best first. */
  srtpProfiles: readonly SrtpProfile[];
  send: (datagram: Buffer) => void;
  onConnected: (keys: SrtpKeys) => void;
  /** The peer closed the association in good order. */
  onClosed: () => void;
  onFailed: (error: TransportError) => void;
  /** Application data, as SCTP is. */
  onData?: ((data: Buffer) => void) | undefined;
  logger?: Logger | undefined;
}

/** Records that came before the keys to read them. */
const MAX_EARLY_RECORDS = 8;

/**
 * A DTLS 1.2 association (RFC 6347) as WebRTC uses it (RFC 8827, section 6.5): both sides present certificates, known by
 * their fingerprints, and agree on keys for SRTP. Datagrams and the time go in, datagrams and events come out.
 */
export class DtlsAssociation {
  readonly #options: DtlsAssociationOptions;
  readonly #logger: Logger;
  readonly #script: HandshakeScript;
  readonly #flights: FlightSender;
  readonly #reassembler = new Reassembler();
  readonly #replayWindow = new ReplayWindow();
  readonly #earlyRecords: DtlsRecord[] = [];
  /** Next record number of each epoch. */
  readonly #nextSequence = [0, 0];
  #reader: RecordCipher | undefined;
  #writer: RecordCipher | undefined;
  #state: DtlsState = 'handshaking';

  constructor(options: DtlsAssociationOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#flights = new FlightSender({
      send: options.send,
      record: (type, epoch, payload) => this.#record(type, epoch, payload),
    });
    const { certificate, fingerprints, srtpProfiles } = options;
    const protect = (keys: Readonly<Record<DtlsRole, WriteKeys>>): void => this.#protect(keys);
    const handshake = options.role === 'server' ? serverHandshake : clientHandshake;
    this.#script = handshake({ certificate, fingerprints, srtpProfiles, protect });
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** When to call {@link tick} next; `Infinity` for never. */
  get nextMs(): number {
    return this.#state === 'handshaking' ? this.#flights.nextMs : Infinity;
  }

  /** Begins: the client speaks first. */
  start(nowMs: number): void {
    this.#follow(() => this.#script.next(), nowMs);
  }

  tick(nowMs: number): void {
    if (this.#state === 'handshaking') this.#flights.tick(nowMs);
  }

  /** The path to the peer has changed, or is there at last: what is unanswered is sent again at once. */
  pathChanged(nowMs: number): void {
    if (this.#state === 'handshaking') this.#flights.repeat(nowMs);
  }

  /** Takes a datagram that looks like DTLS. Whatever is not authentic when it should be is ignored. */
  handleDatagram(datagram: Buffer, nowMs: number): void {
    for (const record of readRecords(datagram)) this.#onRecord(record, nowMs);
  }

  /** Sends application data; dropped unless connected. */
  send(data: Buffer): void {
    if (this.#state === 'connected') this.#options.send(this.#record(APPLICATION_DATA, 1, data));
  }

  /** Tells the peer, when there is a way to, and ends. No event follows. */
  close(): void {
    if (this.#state === 'connected') this.#alert('close_notify');
    if (this.#state === 'connected' || this.#state === 'handshaking') this.#end('closed');
  }

  #onRecord(record: DtlsRecord, nowMs: number): void {
    if (this.#state === 'closed' || this.#state === 'failed' || record.epoch > 1) return;
    if (record.epoch === 0) {
      if (record.type === HANDSHAKE) this.#onHandshake(record.epoch, record.payload, nowMs);
      // Later on an alert in clear could be anybody's.
      else if (record.type === ALERT && this.#state === 'handshaking') this.#onAlert(record.payload);
      return;
    }
    if (!this.#reader) {
      if (this.#earlyRecords.length < MAX_EARLY_RECORDS) this.#earlyRecords.push(record);
      return;
    }
    if (!this.#replayWindow.isNew(record.sequence)) return;
    const payload = this.#reader.open(record);
    if (!payload) return;
    this.#replayWindow.note(record.sequence);
    if (record.type === HANDSHAKE) this.#onHandshake(record.epoch, payload, nowMs);
    else if (record.type === ALERT) this.#onAlert(payload);
    else if (record.type === APPLICATION_DATA && this.#state === 'connected') this.#options.onData?.(payload);
  }

  #onHandshake(epoch: number, payload: Buffer, nowMs: number): void {
    const { repeats } = this.#reassembler.push(epoch, payload);
    // The peer repeats itself because it misses our answer. A client that is connected owes none.
    if (repeats && (this.#state === 'handshaking' || this.#options.role === 'server')) this.#flights.repeat(nowMs);
    for (;;) {
      if (this.#state !== 'handshaking') return;
      const message = this.#reassembler.shift();
      if (!message) return;
      this.#follow(() => this.#script.next(message), nowMs);
      for (const record of this.#reader ? this.#earlyRecords.splice(0) : []) this.#onRecord(record, nowMs);
    }
  }

  /** Runs the script up to where it waits for the next message. */
  #follow(step: () => ReturnType<HandshakeScript['next']>, nowMs: number): void {
    try {
      const { done, value } = step();
      if (done) this.#connect(value, nowMs);
      else if (value.length > 0) this.#flights.send(value, true, nowMs);
    } catch (error) {
      this.#fail(
        error instanceof HandshakeFailure
          ? error
          : new HandshakeFailure('internal_error', 'of an unforeseen error', 'ERR_DTLS_FAILED', error),
      );
    }
  }

  #connect({ srtpProfile, schedule, lastFlight }: HandshakeResult, nowMs: number): void {
    this.#flights.stop();
    if (lastFlight.length > 0) this.#flights.send(lastFlight, false, nowMs);
    this.#state = 'connected';
    this.#logger.info({ role: this.#options.role, srtpProfile }, 'handshake complete');
    this.#options.onConnected(exportSrtpKeys(schedule, srtpProfile, this.#options.role));
  }

  #onAlert(payload: Buffer): void {
    const alert = decodeAlert(payload);
    if (!alert) return;
    this.#logger.debug(alert, 'alert from the peer');
    if (alert.name === 'close_notify') {
      if (this.#state === 'connected') this.#alert('close_notify');
      this.#end('closed');
      this.#options.onClosed();
    } else if (alert.fatal) {
      this.#end('failed');
      const message = `The peer ended the DTLS association with the alert ${alert.name}.`;
      this.#options.onFailed(new TransportError('ERR_DTLS_FAILED', message, { retryable: true }));
    }
  }

  #fail(failure: HandshakeFailure): void {
    this.#logger.warn({ error: failure.message }, 'handshake failed');
    this.#alert(failure.description);
    this.#end('failed');
    this.#options.onFailed(failure);
  }

  #end(state: 'closed' | 'failed'): void {
    this.#state = state;
    this.#flights.stop();
    this.#earlyRecords.length = 0;
  }

  #alert(description: AlertDescription): void {
    this.#options.send(this.#record(ALERT, this.#state === 'connected' ? 1 : 0, encodeAlert(description)));
  }

  #protect(keys: Readonly<Record<DtlsRole, WriteKeys>>): void {
    const { role } = this.#options;
    const theirs = keys[role === 'server' ? 'client' : 'server'];
    this.#reader = new RecordCipher(theirs.key, theirs.salt);
    this.#writer = new RecordCipher(keys[role].key, keys[role].salt);
  }

  #record(type: number, epoch: number, payload: Buffer): Buffer {
    const record = { type, epoch, sequence: this.#nextSequence[epoch]!++, payload };
    return epoch === 0 ? writeRecord(record) : this.#writer!.seal(record);
  }
}
