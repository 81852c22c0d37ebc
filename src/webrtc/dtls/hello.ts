import type { SrtpProfile } from '../types.ts';
import { HandshakeFailure } from './alert.ts';
import { ByteReader, uint, uint16s, vector } from './byte-reader.ts';
import { VERSION } from './record.ts';
import { SIGNATURE_SCHEMES } from './signatures.ts';

/** ECDHE with AES-128-GCM: what RFC 8827, section 6.5, makes mandatory, and its sibling for RSA certificates. */
export const ECDHE_ECDSA_AES128_GCM = 0xc02b;
export const ECDHE_RSA_AES128_GCM = 0xc02f;
/** The curve P-256. */
export const SECP256R1 = 23;
const UNCOMPRESSED_POINTS = 0;
const NO_COMPRESSION = 0;
/** Cipher suite by which a client without the extension says that it renegotiates securely (RFC 5746, section 3.3). */
const RENEGOTIATION_SCSV = 0x00ff;

const SUPPORTED_GROUPS = 10;
const EC_POINT_FORMATS = 11;
const SIGNATURE_ALGORITHMS = 13;
const USE_SRTP = 14;
const EXTENDED_MASTER_SECRET = 23;
const RENEGOTIATION_INFO = 0xff01;

/** RFC 5764, section 4.1.2, and RFC 7714, section 14.2. */
const SRTP_PROFILE_IDS: Readonly<Record<SrtpProfile, number>> = {
  AES_CM_128_HMAC_SHA1_80: 0x0001,
  AEAD_AES_128_GCM: 0x0007,
};

type Extensions = ReadonlyMap<number, Buffer>;

export interface ClientHello {
  readonly random: Buffer;
  readonly cookie: Buffer;
  readonly suites: readonly number[];
  readonly extensions: Extensions;
}

export interface ServerHello {
  readonly random: Buffer;
  readonly suite: number;
  readonly srtpProfile: SrtpProfile;
}

export function encodeClientHello(random: Buffer, cookie: Buffer, srtpProfiles: readonly SrtpProfile[]): Buffer {
  return Buffer.concat([
    uint(2, VERSION),
    random,
    vector(1),
    vector(1, cookie),
    uint16s([ECDHE_ECDSA_AES128_GCM, ECDHE_RSA_AES128_GCM]),
    vector(1, Buffer.from([NO_COMPRESSION])),
    vector(
      2,
      extension(SUPPORTED_GROUPS, uint16s([SECP256R1])),
      extension(EC_POINT_FORMATS, vector(1, Buffer.from([UNCOMPRESSED_POINTS]))),
      extension(SIGNATURE_ALGORITHMS, uint16s(SIGNATURE_SCHEMES)),
      extension(USE_SRTP, encodeProfiles(srtpProfiles)),
      extension(EXTENDED_MASTER_SECRET),
      extension(RENEGOTIATION_INFO, vector(1)),
    ),
  ]);
}

export function decodeClientHello(body: Buffer): ClientHello {
  const reader = new ByteReader(body);
  checkVersion(reader.uint(2));
  const random = reader.bytes(32);
  reader.vector(1); // session id: nothing is resumed
  const cookie = reader.vector(1);
  const suites = reader.uint16s();
  if (!reader.vector(1).includes(NO_COMPRESSION))
    throw new HandshakeFailure('illegal_parameter', 'it wants compression');
  return { random, cookie, suites, extensions: decodeExtensions(reader) };
}

/** Answers a ClientHello: checks that both sides can, and picks the SRTP profile that stands first in ours. */
export function encodeServerHello(
  hello: ClientHello,
  random: Buffer,
  srtpProfiles: readonly SrtpProfile[],
): { body: Buffer; srtpProfile: SrtpProfile } {
  requireCommonGround(hello);
  const offered = decodeProfiles(hello.extensions.get(USE_SRTP));
  const srtpProfile = srtpProfiles.find((profile) => offered.includes(profile));
  if (!srtpProfile) throw new HandshakeFailure('handshake_failure', 'the peer offers none of our SRTP profiles');
  const extensions = [extension(USE_SRTP, encodeProfiles([srtpProfile])), extension(EXTENDED_MASTER_SECRET)];
  if (hello.suites.includes(RENEGOTIATION_SCSV) || hello.extensions.has(RENEGOTIATION_INFO)) {
    extensions.push(extension(RENEGOTIATION_INFO, vector(1)));
  }
  if (hello.extensions.has(EC_POINT_FORMATS)) {
    extensions.push(extension(EC_POINT_FORMATS, vector(1, Buffer.from([UNCOMPRESSED_POINTS]))));
  }
  const suite = uint(2, ECDHE_ECDSA_AES128_GCM);
  const head = [uint(2, VERSION), random, vector(1), suite, Buffer.from([NO_COMPRESSION])];
  return { body: Buffer.concat([...head, vector(2, ...extensions)]), srtpProfile };
}

export function decodeServerHello(body: Buffer, srtpProfiles: readonly SrtpProfile[]): ServerHello {
  const reader = new ByteReader(body);
  checkVersion(reader.uint(2));
  const random = reader.bytes(32);
  reader.vector(1);
  const suite = reader.uint(2);
  const isOffered = suite === ECDHE_ECDSA_AES128_GCM || suite === ECDHE_RSA_AES128_GCM;
  if (!isOffered || reader.uint(1) !== NO_COMPRESSION) {
    throw new HandshakeFailure('illegal_parameter', 'the peer chose what we had not offered');
  }
  const extensions = decodeExtensions(reader);
  requireExtendedMasterSecret(extensions);
  const [srtpProfile] = decodeProfiles(extensions.get(USE_SRTP));
  if (!srtpProfile || !srtpProfiles.includes(srtpProfile)) {
    throw new HandshakeFailure('handshake_failure', 'the peer accepts none of our SRTP profiles');
  }
  return { random, suite, srtpProfile };
}

/** The cookie of a HelloVerifyRequest (RFC 6347, section 4.2.1). */
export function decodeHelloVerifyRequest(body: Buffer): Buffer {
  const reader = new ByteReader(body);
  reader.uint(2);
  return reader.vector(1);
}

function requireCommonGround({ suites, extensions }: ClientHello): void {
  if (!suites.includes(ECDHE_ECDSA_AES128_GCM)) {
    throw new HandshakeFailure('handshake_failure', 'the peer does not offer ECDHE-ECDSA with AES-128-GCM');
  }
  const groups = extensions.get(SUPPORTED_GROUPS);
  if (groups && !new ByteReader(groups).uint16s().includes(SECP256R1)) {
    throw new HandshakeFailure('handshake_failure', 'the peer does not offer the curve P-256');
  }
  const schemes = extensions.get(SIGNATURE_ALGORITHMS);
  if (schemes && !new ByteReader(schemes).uint16s().includes(SIGNATURE_SCHEMES[0]!)) {
    throw new HandshakeFailure('handshake_failure', 'the peer does not take ECDSA signatures with SHA-256');
  }
  requireExtendedMasterSecret(extensions);
}

function requireExtendedMasterSecret(extensions: Extensions): void {
  if (extensions.has(EXTENDED_MASTER_SECRET)) return;
  throw new HandshakeFailure('insufficient_security', 'the peer does not know the extended master secret (RFC 7627)');
}

/** DTLS counts versions downwards: smaller is newer. A newer client still takes 1.2. */
function checkVersion(version: number): void {
  if (version >> 8 === VERSION >> 8 && version <= VERSION) return;
  throw new HandshakeFailure('protocol_version', 'the peer does not speak DTLS 1.2');
}

function extension(type: number, ...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([uint(2, type), vector(2, ...parts)]);
}

function decodeExtensions(reader: ByteReader): Extensions {
  const extensions = new Map<number, Buffer>();
  if (reader.isEmpty) return extensions;
  const list = new ByteReader(reader.vector(2));
  while (!list.isEmpty) extensions.set(list.uint(2), list.vector(2));
  return extensions;
}

function encodeProfiles(profiles: readonly SrtpProfile[]): Buffer {
  const withoutMki = vector(1);
  return Buffer.concat([uint16s(profiles.map((profile) => SRTP_PROFILE_IDS[profile])), withoutMki]);
}

function decodeProfiles(data: Buffer | undefined): SrtpProfile[] {
  if (!data) return [];
  const known = Object.entries(SRTP_PROFILE_IDS) as [SrtpProfile, number][];
  const ids = new ByteReader(data).uint16s();
  return ids.flatMap((id) => known.filter(([, known]) => known === id).map(([profile]) => profile));
}
