import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCertificate } from '../../src/webrtc/certificate.ts';

describe('a certificate', () => {
  it('is a valid self-signed one on P-256, with its fingerprint', () => {
    const certificate = createCertificate();
    const x509 = new X509Certificate(certificate.der);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.checkPrivateKey(certificate.privateKey)).toBe(true);
    expect(x509.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(certificate.fingerprint).toEqual({ algorithm: 'sha-256', value: x509.fingerprint256 });
    expect(certificate.fingerprint.value).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('is valid since yesterday, for clocks differ, and for a month', () => {
    const { validFrom, validTo } = new X509Certificate(createCertificate().der);
    const days = (text: string) => Math.round((Date.parse(text) - Date.now()) / 86_400_000);
    expect([days(validFrom), days(validTo)]).toEqual([-1, 30]);
  });

  it('is never the same twice', () => {
    const values = Array.from({ length: 10 }, () => createCertificate().fingerprint.value);
    expect(new Set(values).size).toBe(10);
  });
});
