import type { TransportError } from '../../../src/core/errors.ts';
import { createCertificate, type DtlsCertificate } from '../../../src/webrtc/certificate.ts';
import { DtlsAssociation, type DtlsAssociationOptions } from '../../../src/webrtc/dtls/dtls-association.ts';
import type { SrtpKeys } from '../../../src/webrtc/dtls/srtp-keys.ts';

export type Side = 'client' | 'server';

export interface End {
  association: DtlsAssociation;
  certificate: DtlsCertificate;
  keys: SrtpKeys | undefined;
  error: TransportError | undefined;
  closed: boolean;
  readonly data: string[];
  readonly sent: Buffer[];
}

export interface LinkOptions {
  client?: Partial<DtlsAssociationOptions>;
  server?: Partial<DtlsAssociationOptions>;
  /** What becomes of a datagram: nothing, itself, or several, each with its delay. */
  carry?: (datagram: Buffer, from: Side) => { datagram: Buffer; delayMs: number }[];
}

const LATENCY_MS = 10;

/** A client and a server on a link in virtual time. */
export class VirtualLink {
  nowMs = 0;
  readonly client: End;
  readonly server: End;
  carry: NonNullable<LinkOptions['carry']>;
  #inFlight: { arrivesMs: number; to: Side; datagram: Buffer }[] = [];

  constructor(options: LinkOptions = {}) {
    this.carry = options.carry ?? ((datagram) => [{ datagram, delayMs: LATENCY_MS }]);
    const certificates = {
      client: options.client?.certificate ?? createCertificate(),
      server: options.server?.certificate ?? createCertificate(),
    };
    this.client = this.#end('client', certificates.client, certificates.server, options.client);
    this.server = this.#end('server', certificates.server, certificates.client, options.server);
    this.server.association.start(0);
    this.client.association.start(0);
  }

  deliver(to: Side, datagram: Buffer): void {
    this[to].association.handleDatagram(datagram, this.nowMs);
  }

  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    for (;;) {
      const ends = [this.client.association, this.server.association];
      for (const end of ends) if (end.nextMs <= this.nowMs) end.tick(this.nowMs);
      const nextMs = Math.min(...ends.map((end) => end.nextMs), ...this.#inFlight.map((one) => one.arrivesMs));
      if (nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      const due = this.#inFlight.filter((one) => one.arrivesMs <= this.nowMs);
      this.#inFlight = this.#inFlight.filter((one) => one.arrivesMs > this.nowMs);
      due.sort((a, b) => a.arrivesMs - b.arrivesMs);
      for (const { to, datagram } of due) this.deliver(to, datagram);
    }
    this.nowMs = endMs;
  }

  #end(
    role: Side,
    certificate: DtlsCertificate,
    other: DtlsCertificate,
    overrides: Partial<DtlsAssociationOptions> = {},
  ): End {
    const end: Partial<End> & { data: string[]; sent: Buffer[] } = { certificate, data: [], sent: [], closed: false };
    end.association = new DtlsAssociation({
      role,
      certificate,
      fingerprints: [other.fingerprint],
      srtpProfiles: ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'],
      send: (datagram) => {
        end.sent.push(datagram);
        const to = role === 'client' ? 'server' : 'client';
        for (const { datagram: copy, delayMs } of this.carry(datagram, role)) {
          this.#inFlight.push({ arrivesMs: this.nowMs + delayMs, to, datagram: copy });
        }
      },
      onConnected: (keys) => (end.keys = keys),
      onClosed: () => (end.closed = true),
      onFailed: (error) => (end.error = error),
      onData: (data) => end.data.push(data.toString()),
      ...overrides,
    });
    return end as End;
  }
}
