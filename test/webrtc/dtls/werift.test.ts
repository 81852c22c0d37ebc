import { CipherContext, DtlsClient, DtlsServer } from 'werift';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../src/webrtc/dtls/signatures.ts';
import type { DtlsRole, SrtpProfile } from '../../../src/webrtc/types.ts';
import { driveAssociation } from './driven-association.ts';

const PROFILE_IDS: Readonly<Record<SrtpProfile, number>> = { AEAD_AES_128_GCM: 7, AES_CM_128_HMAC_SHA1_80: 1 };
const ECDSA_SHA256 = { signature: 3, hash: 4 } as const;
const P256 = 23;

describe('werift', () => {
  async function meetWerift(ourRole: DtlsRole, profile: SrtpProfile, isImpostor = false) {
    const make = () => CipherContext.createSelfSignedCertificateWithKey(ECDSA_SHA256, P256);
    const [own, other] = [await make(), await make()];
    const der = Buffer.from(own.certPem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    const transport = {
      type: 'udp',
      address: { address: '127.0.0.1', port: 0, family: 'IPv4' },
      closed: false,
      onData: (_datagram: Buffer) => {},
      send: (datagram: Buffer) => {
        const copy = Buffer.from(datagram);
        setImmediate(() => us.receive(copy));
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    const options = {
      cert: own.certPem,
      key: isImpostor ? other.keyPem : own.keyPem,
      signatureHash: own.signatureHash,
      transport,
      srtpProfiles: [PROFILE_IDS[profile]] as (1 | 7)[],
      extendedMasterSecret: true,
      certificateRequest: true,
    };
    const fingerprint = { algorithm: 'sha-256', value: fingerprintOf(der, 'sha256') };
    const us = driveAssociation(ourRole, [fingerprint], (datagram) => setImmediate(() => transport.onData(datagram)));
    const werift = ourRole === 'server' ? new DtlsClient(options) : new DtlsServer(options);
    us.association.start(performance.now());
    if (werift instanceof DtlsClient) void werift.connect().catch(() => {});
    return { us, werift };
  }

  it.each([
    ['server', 'AEAD_AES_128_GCM'],
    ['server', 'AES_CM_128_HMAC_SHA1_80'],
    ['client', 'AEAD_AES_128_GCM'],
    ['client', 'AES_CM_128_HMAC_SHA1_80'],
  ] as const)('and we as %s agree on keys for %s', async (ourRole, profile) => {
    const { us, werift } = await meetWerift(ourRole, profile);
    const keys = await us.connected;
    expect(keys.profile).toBe(profile);
    await expect.poll(() => werift.connected).toBe(true);
    const theirs = werift.extractSessionKeys(keys.localKey.length, keys.localSalt.length);
    expect(theirs.remoteKey).toEqual(keys.localKey);
    expect(theirs.remoteSalt).toEqual(keys.localSalt);
    expect(theirs.localKey).toEqual(keys.remoteKey);
    expect(theirs.localSalt).toEqual(keys.remoteSalt);
    expect(werift.remoteCertificate).toEqual(us.certificate.der);
    await werift.send(Buffer.from('hello'));
    await expect.poll(() => us.data).toEqual(['hello']);
    us.stop();
  });

  it.each(['server', 'client'] as const)(
    'with a certificate that is not its own is refused by us as %s',
    async (ourRole) => {
      const { us } = await meetWerift(ourRole, 'AEAD_AES_128_GCM', true);
      await expect(us.connected).rejects.toMatchObject({ code: 'ERR_DTLS_FAILED' });
      us.stop();
    },
  );
});
