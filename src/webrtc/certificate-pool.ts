import { OptionError } from '../core/errors.ts';
import { createCertificate, type DtlsCertificate } from './certificate.ts';

/** Certificates made ahead of time, each to be used once. */
export interface CertificatePool {
  /** How many are ready. */
  readonly size: number;
  /** One that is ready, else a new one. */
  take(): DtlsCertificate;
}

/**
 * Keeps `size` certificates ready, and makes another when one was taken, in a later turn of the event loop. 0 keeps none:
 * each is made when it is needed, which takes a fraction of a millisecond. It needs no closing.
 */
export function createCertificatePool(size: number): CertificatePool {
  if (!Number.isInteger(size) || size < 0) throw new OptionError('size', size, 'a whole number, 0 or more');
  const ready: DtlsCertificate[] = [];
  let filling = false;

  /** One a turn: together they would hold up the packets of calls. */
  function fill(): void {
    if (filling || ready.length >= size) return;
    filling = true;
    setImmediate(() => {
      ready.push(createCertificate());
      filling = false;
      fill();
    });
  }

  fill();
  return {
    get size() {
      return ready.length;
    },
    take() {
      const certificate = ready.shift() ?? createCertificate();
      fill();
      return certificate;
    },
  };
}
