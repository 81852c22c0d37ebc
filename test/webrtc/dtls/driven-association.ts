import { createCertificate, type DtlsCertificate } from '../../../src/webrtc/certificate.ts';
import { DtlsAssociation } from '../../../src/webrtc/dtls/dtls-association.ts';
import type { SrtpKeys } from '../../../src/webrtc/dtls/srtp-keys.ts';
import type { DtlsFingerprint, DtlsRole, SrtpProfile } from '../../../src/webrtc/types.ts';

const PROFILES: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];

export interface DrivenAssociation {
  readonly association: DtlsAssociation;
  readonly certificate: DtlsCertificate;
  readonly connected: Promise<SrtpKeys>;
  readonly events: string[];
  readonly data: string[];
  receive(datagram: Buffer): void;
  stop(): void;
}

/** Our association, driven by real time. */
export function driveAssociation(
  role: DtlsRole,
  fingerprints: readonly DtlsFingerprint[],
  send: (datagram: Buffer) => void,
  certificate: DtlsCertificate = createCertificate(),
): DrivenAssociation {
  const events: string[] = [];
  const data: string[] = [];
  let settle: { resolve: (keys: SrtpKeys) => void; reject: (error: Error) => void };
  const connected = new Promise<SrtpKeys>((resolve, reject) => (settle = { resolve, reject }));
  connected.catch(() => {});
  const association = new DtlsAssociation({
    role,
    certificate,
    fingerprints,
    srtpProfiles: PROFILES,
    send,
    onConnected: (keys) => settle.resolve(keys),
    onClosed: () => events.push('closed'),
    onFailed: (error) => settle.reject(error),
    onData: (bytes) => data.push(bytes.toString()),
  });
  const timer = setInterval(() => {
    if (association.nextMs <= performance.now()) association.tick(performance.now());
  }, 20);
  const receive = (datagram: Buffer) => association.handleDatagram(datagram, performance.now());
  const stop = () => {
    clearInterval(timer);
    association.close();
  };
  return { association, connected, events, data, receive, stop, certificate };
}
