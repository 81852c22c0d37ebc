import { describe, expect, it } from 'vitest';
import { createCertificate } from '../../src/webrtc/certificate.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { TransportOptions } from '../../src/webrtc/transport-options.ts';
import type { IceCandidate, RtpParameters, SrtpProfile } from '../../src/webrtc/types.ts';
import { connectPair, createPair, LOOPBACK, parametersOf, reached, recordStates } from './transport-pair.ts';

const GCM: SrtpProfile = 'AEAD_AES_128_GCM';
const CM: SrtpProfile = 'AES_CM_128_HMAC_SHA1_80';
const OPUS: RtpParameters = { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] };
const RECEIVER_REPORT = Buffer.from('80c9000100000007', 'hex');

/** A place where nobody is. */
const NOWHERE: IceCandidate = {
  foundation: '1',
  component: 1,
  protocol: 'udp',
  priority: 1,
  ip: '127.0.0.1',
  port: 9,
  type: 'host',
};

describe('a transport before it connects', () => {
  it('says what the peer has to know', async () => {
    await using transport = (await createTransport({ ...LOOPBACK, dtlsRole: 'client' })) as Awaited<
      ReturnType<typeof createTransport>
    > &
      AsyncDisposable;
    const { ice, candidates, fingerprints, dtlsRole } = transport.localParameters;
    expect(ice.ufrag).toMatch(/^[a-zA-Z]{16}$/);
    expect(ice.pwd).toMatch(/^[a-zA-Z]{32}$/);
    expect(candidates).toMatchObject([{ ip: '127.0.0.1', protocol: 'udp', type: 'host', component: 1 }]);
    expect(fingerprints).toMatchObject([{ algorithm: 'sha-256' }]);
    expect(dtlsRole).toBe('client');
    expect(transport.state).toBe('new');
  });

  it('keeps the credentials and the certificate it is given, so that a second attempt is the same participant', async () => {
    const certificate = createCertificate();
    const credentials = { ufrag: 'abcdefgh', pwd: 'x'.repeat(32) };
    const transport = await createTransport({ ...LOOPBACK, certificate, credentials });
    expect(transport.localParameters).toMatchObject({ ice: credentials, fingerprints: [certificate.fingerprint] });
    await transport.close();
  });

  it('has credentials and a certificate of its own otherwise', async () => {
    await using pair = await createPair();
    const [a, b] = [pair.us.localParameters, pair.them.localParameters];
    expect(a.ice.ufrag).not.toBe(b.ice.ufrag);
    expect(a.ice.pwd).not.toBe(b.ice.pwd);
    expect(a.fingerprints).not.toEqual(b.fingerprints);
  });

  it('gathers at least one address of this machine when none is given', async () => {
    const transport = await createTransport();
    expect(transport.localParameters.candidates.length).toBeGreaterThan(0);
    await transport.close();
  });

  it.each([
    [{ addresses: ['192.0.2.77'] }, 'ERR_BIND'],
    [{ addresses: ['127.0.0.1', '192.0.2.77'] }, 'ERR_BIND'],
    [{ addresses: [] }, 'ERR_BIND'],
    [{ addresses: ['localhost'] }, 'ERR_OPTION'],
    [{ portRange: [10, 5] }, 'ERR_OPTION'],
    [{ srtpProfiles: [] }, 'ERR_OPTION'],
    [{ connectTimeoutMs: 0 }, 'ERR_OPTION'],
    [{ credentials: { ufrag: 'abcd', pwd: 'short' } }, 'ERR_OPTION'],
  ] as [TransportOptions, string][])('refuses %j with %s', async (options, code) => {
    await expect(createTransport(options)).rejects.toMatchObject({ code });
  });
});

describe('two transports', () => {
  it.each([
    ['controlled', 'server', [GCM, CM], GCM],
    ['controlled', 'client', [GCM, CM], GCM],
    ['controlling', 'server', [CM], CM],
    ['controlling', 'client', [CM], CM],
  ] as const)('connect when one is %s and DTLS %s, with %j', async (iceRole, dtlsRole, srtpProfiles, expected) => {
    await using pair = await createPair(
      { iceRole, dtlsRole, srtpProfiles },
      {
        iceRole: iceRole === 'controlled' ? 'controlling' : 'controlled',
        dtlsRole: dtlsRole === 'client' ? 'server' : 'client',
      },
    );
    const states = recordStates(pair.us);
    await connectPair(pair);
    expect(states).toEqual(['new', 'connecting', 'connected']);
    const [us, them] = [pair.us.getStats(), pair.them.getStats()];
    expect(us).toMatchObject({ state: 'connected', srtpProfile: expected });
    expect(us.selectedPair).toEqual({ local: them.selectedPair!.remote, remote: them.selectedPair!.local });
  });

  it('connect over IPv6', async () => {
    await using pair = await createPair({ addresses: ['::1'] }, { addresses: ['::1'] });
    await connectPair(pair);
    expect(pair.us.getStats().selectedPair?.remote).toMatch(/^\[::1\]:\d+$/);
  });

  it('carry media and reports both ways', async () => {
    await using pair = await createPair();
    const rtp: string[] = [];
    const rtcp: string[] = [];
    pair.us.onRtcp = (compound) => rtcp.push(Buffer.from(compound).toString('hex'));
    pair.them.onRtp = (packet) => rtp.push(Buffer.from(packet.payload).toString());
    const track = pair.us.createTrack({ kind: 'audio', ssrc: 77, parameters: OPUS, cname: 'a' });
    await connectPair(pair);
    const sample = { kind: 'audio', codec: 'opus', ptsUs: 0, durationUs: 20_000, keyframe: true } as const;
    for (const text of ['one', 'two']) track.write({ ...sample, data: Buffer.from(text), dueUs: 0 });
    pair.them.sendRtcp(RECEIVER_REPORT);
    await expect.poll(() => rtp).toEqual(['one', 'two']);
    await expect.poll(() => rtcp).toContain(RECEIVER_REPORT.toString('hex'));
    expect(pair.us.getStats()).toMatchObject({ packetsRejected: 0, packetsReceived: 1 });
  });

  it('find each other when one knows no address, and the other gathered none on loopback', async () => {
    const us = await createTransport({ iceTimings: { preCheckDelayMs: 0 } });
    const them = await createTransport({ ...LOOPBACK, iceRole: 'controlling', dtlsRole: 'client' });
    await Promise.all([us.connect(parametersOf(them)), them.connect(parametersOf(us, { candidates: [] }))]);
    expect(us.getStats().selectedPair?.remote).toContain('127.0.0.1');
    await Promise.all([us.close(), them.close()]);
  });

  it('connect when the roles clash', async () => {
    await using pair = await createPair({ iceRole: 'controlling' }, { iceRole: 'controlling' });
    await connectPair(pair);
  });

  it.each([
    ['lite, and never nominates', { lite: true }],
    ['full, and never nominates', { nominate: false }],
    ['late to learn of us, and silent until then', { registerAfterMs: 500 }],
    ['late to learn of us, and refuses until then', { registerAfterMs: 500, unregisteredAnswer: 'error-401' }],
    ['answering with role conflicts', { roleConflicts: 5 }],
  ] as const)('connect when the other is %s', async (_name, iceBehavior) => {
    await using pair = await createPair({}, { iceBehavior });
    const isLite = 'lite' in iceBehavior;
    await Promise.all([
      pair.us.connect(parametersOf(pair.them, { iceLite: isLite })),
      pair.them.connect(parametersOf(pair.us)),
    ]);
    expect(pair.us.state).toBe('connected');
  });

  it('say goodbye: closing one ends the connection of the other at once, which may connect again', async () => {
    await using pair = await createPair();
    await connectPair(pair);
    const states = recordStates(pair.them);
    await pair.us.close();
    await reached(pair.them, 'failed');
    expect(states).toEqual(['connected', 'failed']);
    expect(pair.them.failure).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
  });
});

describe('connecting fails in time, with its reason, when', () => {
  it('nobody answers', async () => {
    const us = await createTransport({ ...LOOPBACK, connectTimeoutMs: 300 });
    await using pair = await createPair();
    const failure = us.connect(parametersOf(pair.them, { candidates: [NOWHERE] }));
    await expect(failure).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT', retryable: true });
    expect(us.state).toBe('failed');
    await us.close();
    expect(us.state).toBe('closed');
  });

  it('a lite peer has no address that can be reached', async () => {
    await using pair = await createPair();
    const candidates = [{ ...NOWHERE, ip: '2001:db8::1' }];
    const failure = pair.us.connect(parametersOf(pair.them, { candidates, iceLite: true }));
    await expect(failure).rejects.toMatchObject({ code: 'ERR_ICE_FAILED' });
  });

  it('the certificate is not the one that was signaled', async () => {
    await using pair = await createPair();
    const fingerprints = [createCertificate().fingerprint];
    const [ours, theirs] = await Promise.allSettled([
      pair.us.connect(parametersOf(pair.them, { fingerprints })),
      pair.them.connect(parametersOf(pair.us)),
    ]);
    expect(ours).toMatchObject({ status: 'rejected', reason: { code: 'ERR_FINGERPRINT', retryable: false } });
    expect(theirs).toMatchObject({ status: 'rejected', reason: { code: 'ERR_DTLS_FAILED' } });
    expect([pair.us.state, pair.them.state]).toEqual(['failed', 'failed']);
  });

  it('no fingerprint can be checked', async () => {
    await using pair = await createPair();
    const remote = parametersOf(pair.them, { fingerprints: [{ algorithm: 'sha-1', value: 'AB' }] });
    await expect(pair.us.connect(remote)).rejects.toMatchObject({ code: 'ERR_FINGERPRINT' });
  });

  it('the handshake does not come to an end', async () => {
    await using pair = await createPair(
      { dtlsTimeoutMs: 300 },
      { impair: { lossRate: 1, traffic: 'dtls' }, connectTimeoutMs: 1500 },
    );
    const results = await Promise.allSettled([
      pair.us.connect(parametersOf(pair.them)),
      pair.them.connect(parametersOf(pair.us)),
    ]);
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'ERR_DTLS_FAILED', retryable: true } },
      { status: 'rejected', reason: { code: 'ERR_CONNECT_TIMEOUT', retryable: true } },
    ]);
  });

  it('it is aborted, before or meanwhile', async () => {
    for (const delayMs of [undefined, 50]) {
      await using pair = await createPair();
      const remote = parametersOf(pair.them, { candidates: [NOWHERE] });
      const signal = delayMs === undefined ? AbortSignal.abort() : AbortSignal.timeout(delayMs);
      await expect(pair.us.connect(remote, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      expect(pair.us.state).toBe(delayMs === undefined ? 'new' : 'failed');
    }
  });

  it('it is closed meanwhile', async () => {
    await using pair = await createPair();
    const connecting = pair.us.connect(parametersOf(pair.them, { candidates: [NOWHERE] }));
    await pair.us.close();
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
    await expect(pair.us.connect(parametersOf(pair.them))).rejects.toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
  });
});
