import { describe, expect, it } from 'vitest';
import { createCertificate } from '../../../src/webrtc/certificate.ts';
import { clientHandshake } from '../../../src/webrtc/dtls/client-handshake.ts';
import type {
  Flight,
  HandshakeOptions,
  HandshakeResult,
  HandshakeScript,
} from '../../../src/webrtc/dtls/conversation.ts';
import { HANDSHAKE_TYPES, type HandshakeMessage } from '../../../src/webrtc/dtls/handshake-message.ts';
import { serverHandshake } from '../../../src/webrtc/dtls/server-handshake.ts';
import type { DtlsRole } from '../../../src/webrtc/types.ts';

type Change = (message: HandshakeMessage) => HandshakeMessage;

/** Plays both scripts against each other, with the messages of one side changed on the way. */
function play(changed: DtlsRole | undefined, change: Change): Record<DtlsRole, HandshakeResult | undefined> {
  const certificates = { client: createCertificate(), server: createCertificate() };
  const options = (side: DtlsRole, other: DtlsRole): HandshakeOptions => ({
    certificate: certificates[side],
    fingerprints: [certificates[other].fingerprint],
    srtpProfiles: ['AEAD_AES_128_GCM'],
    protect: () => {},
  });
  const scripts: Record<DtlsRole, HandshakeScript> = {
    client: clientHandshake(options('client', 'server')),
    server: serverHandshake(options('server', 'client')),
  };
  const results: Record<DtlsRole, HandshakeResult | undefined> = { client: undefined, server: undefined };
  const deliver = (flight: Flight, from: DtlsRole): void => {
    const to = from === 'client' ? 'server' : 'client';
    for (const part of flight) {
      if (part === 'change_cipher_spec') continue;
      follow(to, scripts[to].next(from === changed ? change(part) : part));
    }
  };
  const follow = (side: DtlsRole, { done, value }: IteratorResult<Flight, HandshakeResult>): void => {
    if (done) results[side] = value;
    deliver(done ? value.lastFlight : value, side);
  };
  follow('server', scripts.server.next());
  follow('client', scripts.client.next());
  return results;
}

const ifType =
  (type: keyof typeof HANDSHAKE_TYPES, change: Change): Change =>
  (message) =>
    message.type === HANDSHAKE_TYPES[type] ? change(message) : message;

describe('the scripts of a handshake', () => {
  it('come to an end together, with the same secrets', () => {
    const { client, server } = play(undefined, (message) => message);
    expect(client!.schedule.export('label', 20)).toEqual(server!.schedule.export('label', 20));
  });

  it.each(['client', 'server'] as const)('do not take a Finished of the %s with other contents', (side) => {
    const change = ifType('finished', (message) => ({ ...message, body: Buffer.alloc(12, 7) }));
    expect(() => play(side, change)).toThrow('the two sides saw different handshakes');
  });

  it.each(['client', 'server'] as const)('do not take a Finished of the %s in clear', (side) => {
    const change = ifType('finished', (message) => ({ ...message, epoch: 0 }));
    expect(() => play(side, change)).toThrow('sent message 20 instead of finished');
  });

  it.each([
    ['certificate', 'client'],
    ['client_key_exchange', 'client'],
    ['certificate_verify', 'client'],
    ['server_hello', 'server'],
    ['certificate', 'server'],
    ['server_key_exchange', 'server'],
  ] as const)('do not take a message %s of the %s that is cut short, or another in its place', (type, side) => {
    const cut = ifType(type, (message) => ({ ...message, body: message.body.subarray(0, message.body.length / 2) }));
    expect(() => play(side, cut)).toThrow('The DTLS handshake failed');
    const other = ifType(type, (message) => ({ ...message, type: 99 }));
    expect(() => play(side, other)).toThrow('sent message 99 instead of');
  });
});
