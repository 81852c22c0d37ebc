import { createECDH, type KeyObject } from 'node:crypto';
import type { DtlsCertificate } from '../certificate.ts';
import { HandshakeFailure } from './alert.ts';
import { ByteReader, uint, vector } from './byte-reader.ts';
import { SECP256R1 } from './hello.ts';
import type { Randoms } from './key-schedule.ts';
import { checkSignature, encodeSignature } from './signatures.ts';

const NAMED_CURVE = 3;

/** One side's ephemeral key on P-256. */
export class EphemeralKey {
  readonly #ecdh: ReturnType<typeof createECDH> = createECDH('prime256v1');
  /** An uncompressed point. */
  readonly publicPoint: Buffer = this.#ecdh.generateKeys();

  /** The pre-master secret (RFC 8422, section 5.10). */
  agree(peerPoint: Buffer): Buffer {
    try {
      return this.#ecdh.computeSecret(peerPoint);
    } catch (cause) {
      throw new HandshakeFailure('illegal_parameter', "the peer's key is no point of P-256", 'ERR_DTLS_FAILED', cause);
    }
  }
}

/** The body of a ServerKeyExchange, signed (RFC 8422, section 5.4). */
export function encodeServerKeyExchange(point: Buffer, certificate: DtlsCertificate, randoms: Randoms): Buffer {
  const parameters = Buffer.concat([uint(1, NAMED_CURVE), uint(2, SECP256R1), vector(1, point)]);
  return Buffer.concat([parameters, encodeSignature(certificate, signedData(parameters, randoms))]);
}

/** The server's point, after its signature was checked. */
export function decodeServerKeyExchange(body: Buffer, serverKey: KeyObject, randoms: Randoms): Buffer {
  const reader = new ByteReader(body);
  if (reader.uint(1) !== NAMED_CURVE || reader.uint(2) !== SECP256R1) {
    throw new HandshakeFailure('illegal_parameter', 'the peer chose a curve we had not offered');
  }
  const point = reader.vector(1);
  checkSignature(reader, serverKey, signedData(body.subarray(0, 4 + point.length), randoms));
  reader.end();
  return point;
}

export function encodeClientKeyExchange(point: Buffer): Buffer {
  return vector(1, point);
}

export function decodeClientKeyExchange(body: Buffer): Buffer {
  const reader = new ByteReader(body);
  const point = reader.vector(1);
  reader.end();
  return point;
}

function signedData(parameters: Buffer, { client, server }: Randoms): Buffer {
  return Buffer.concat([client, server, parameters]);
}
