import { describe, expect, it } from 'vitest';
import { createCertificatePool } from '../../src/webrtc/certificate-pool.ts';

describe('a pool of certificates', () => {
  it('has as many ready as it was made for, and gives each to one only', async () => {
    const pool = createCertificatePool(3);
    await expect.poll(() => pool.size).toBe(3);
    const taken = Array.from({ length: 5 }, () => pool.take().fingerprint.value);
    expect(new Set(taken).size).toBe(5);
    await expect.poll(() => pool.size).toBe(3);
  });

  it('of none keeps none, and still gives some out', async () => {
    const pool = createCertificatePool(0);
    pool.take();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pool.size).toBe(0);
  });

  it.each([-1, 1.5, NaN])('cannot be of %s', (size) => {
    expect(() => createCertificatePool(size)).toThrow(/whole number/);
  });
});
