import { randomBytes } from 'node:crypto';
import { ByteReader, uint16s, vector } from './byte-reader.ts';
import { Conversation, type HandshakeOptions, type HandshakeScript } from './conversation.ts';
import { decodeClientHello, encodeServerHello } from './hello.ts';
import { decodeClientKeyExchange, encodeServerKeyExchange, EphemeralKey } from './key-exchange.ts';
import { KeySchedule } from './key-schedule.ts';
import { checkSignature, encodeCertificate, readCertificate, SIGNATURE_SCHEMES } from './signatures.ts';

/** Client certificate types (RFC 5246, section 7.4.4, and RFC 8422, section 5.5). */
const ECDSA_SIGN = 64;
const RSA_SIGN = 1;
const NO_AUTHORITIES = vector(2);

/**
 * The server's side of a full handshake with a client certificate (RFC 5246, section 7.3). No cookies are exchanged
 * (RFC 6347, section 4.2.1): ICE has shown already that the peer is where it says it is.
 */
export function* serverHandshake(options: HandshakeOptions): HandshakeScript {
  const { certificate, fingerprints, srtpProfiles, protect } = options;
  const talk = new Conversation();

  const clientHello = decodeClientHello((yield* talk.hear('client_hello')).body);
  const randoms = { client: clientHello.random, server: randomBytes(32) };
  const ephemeral = new EphemeralKey();
  const serverHello = encodeServerHello(clientHello, randoms.server, srtpProfiles);
  talk.say('server_hello', serverHello.body);
  talk.say('certificate', encodeCertificate(certificate));
  talk.say('server_key_exchange', encodeServerKeyExchange(ephemeral.publicPoint, certificate, randoms));
  const certificateTypes = vector(1, Buffer.from([ECDSA_SIGN, RSA_SIGN]));
  talk.say('certificate_request', Buffer.concat([certificateTypes, uint16s(SIGNATURE_SCHEMES), NO_AUTHORITIES]));
  talk.say('server_hello_done', Buffer.alloc(0));

  const clientKey = readCertificate((yield* talk.hear('certificate')).body, fingerprints);
  const clientPoint = decodeClientKeyExchange((yield* talk.hear('client_key_exchange')).body);
  const schedule = new KeySchedule(ephemeral.agree(clientPoint), talk.transcript, randoms);
  protect(schedule.recordKeys());

  const signed = talk.transcript;
  const reader = new ByteReader((yield* talk.hear('certificate_verify')).body);
  checkSignature(reader, clientKey, signed);
  reader.end();
  yield* talk.hearFinished('client', schedule);

  talk.changeCipherSpec();
  talk.say('finished', schedule.verifyData('server', talk.transcript), 1);
  return { srtpProfile: serverHello.srtpProfile, schedule, lastFlight: talk.takeFlight() };
}
