import { randomBytes } from 'node:crypto';
import { HandshakeFailure } from './alert.ts';
import { Conversation, type HandshakeOptions, type HandshakeScript } from './conversation.ts';
import { HANDSHAKE_TYPES } from './handshake-message.ts';
import { decodeHelloVerifyRequest, decodeServerHello, ECDHE_ECDSA_AES128_GCM, encodeClientHello } from './hello.ts';
import { decodeServerKeyExchange, encodeClientKeyExchange, EphemeralKey } from './key-exchange.ts';
import { KeySchedule } from './key-schedule.ts';
import { encodeCertificate, encodeSignature, readCertificate } from './signatures.ts';

const NO_COOKIE = Buffer.alloc(0);

/** The client's side of a full handshake with a client certificate (RFC 5246, section 7.3). */
export function* clientHandshake(options: HandshakeOptions): HandshakeScript {
  const { certificate, fingerprints, srtpProfiles, protect } = options;
  const talk = new Conversation();

  const clientRandom = randomBytes(32);
  talk.say('client_hello', encodeClientHello(clientRandom, NO_COOKIE, srtpProfiles));
  let message = yield* talk.hear('server_hello', 'hello_verify_request');
  if (message.type === HANDSHAKE_TYPES.hello_verify_request) {
    talk.forget();
    const cookie = decodeHelloVerifyRequest(message.body);
    talk.say('client_hello', encodeClientHello(clientRandom, cookie, srtpProfiles));
    message = yield* talk.hear('server_hello');
  }
  const serverHello = decodeServerHello(message.body, srtpProfiles);
  const randoms = { client: clientRandom, server: serverHello.random };

  const serverKey = readCertificate((yield* talk.hear('certificate')).body, fingerprints);
  const keyType = serverHello.suite === ECDHE_ECDSA_AES128_GCM ? 'ec' : 'rsa';
  if (serverKey.asymmetricKeyType !== keyType) {
    throw new HandshakeFailure('unsupported_certificate', "the peer's certificate does not go with its cipher suite");
  }
  const keyExchange = yield* talk.hear('server_key_exchange');
  const serverPoint = decodeServerKeyExchange(keyExchange.body, serverKey, randoms);
  message = yield* talk.hear('certificate_request', 'server_hello_done');
  const mustPresent = message.type === HANDSHAKE_TYPES.certificate_request;
  if (mustPresent) yield* talk.hear('server_hello_done');

  const ephemeral = new EphemeralKey();
  if (mustPresent) talk.say('certificate', encodeCertificate(certificate));
  talk.say('client_key_exchange', encodeClientKeyExchange(ephemeral.publicPoint));
  const schedule = new KeySchedule(ephemeral.agree(serverPoint), talk.transcript, randoms);
  protect(schedule.recordKeys());
  if (mustPresent) talk.say('certificate_verify', encodeSignature(certificate, talk.transcript));
  talk.changeCipherSpec();
  talk.say('finished', schedule.verifyData('client', talk.transcript), 1);

  yield* talk.hearFinished('server', schedule);
  return { srtpProfile: serverHello.srtpProfile, schedule, lastFlight: [] };
}
