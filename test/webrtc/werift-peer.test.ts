import {
  IceCandidate,
  RTCDtlsFingerprint,
  RTCDtlsParameters,
  RTCDtlsTransport,
  RTCIceGatherer,
  RTCIceParameters,
  RTCIceTransport,
  RtpHeader,
  RtcpRrPacket,
  type RtpPacket,
} from 'werift';
import { describe, expect, it } from 'vitest';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { DtlsRole, IceRole, RemoteParameters, RtpParameters, WebRtcTransport } from '../../src/webrtc/types.ts';
import { LOOPBACK } from './transport-pair.ts';

const OPUS: RtpParameters = { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] };
const PROFILE_IDS = { AEAD_AES_128_GCM: 7, AES_CM_128_HMAC_SHA1_80: 1 } as const;

interface WeriftPeer {
  readonly ice: RTCIceTransport;
  readonly dtls: RTCDtlsTransport;
  readonly parameters: RemoteParameters;
  connect(us: WebRtcTransport): Promise<void>;
}

/** A peer built from werift's own full ICE agent, DTLS and SRTP. */
async function createWeriftPeer(
  iceRole: IceRole,
  dtlsRole: DtlsRole,
  profile: keyof typeof PROFILE_IDS,
): Promise<WeriftPeer> {
  const gatherer = new RTCIceGatherer({
    useIpv4: false,
    useIpv6: false,
    additionalHostAddresses: ['127.0.0.1'],
    interfaceAddresses: { udp4: '127.0.0.1' },
  });
  Object.assign(gatherer.connection, { stunServer: undefined, iceControlling: iceRole === 'controlling' });
  const ice = new RTCIceTransport(gatherer);
  await ice.gather();
  const certificate = await RTCDtlsTransport.SetupCertificate();
  const dtls = new RTCDtlsTransport({ debug: {} }, ice, certificate, [PROFILE_IDS[profile]]);
  dtls.role = dtlsRole;
  const { usernameFragment: ufrag, password: pwd } = ice.localParameters;
  const parameters: RemoteParameters = {
    ice: { ufrag, pwd },
    candidates: ice.localCandidates.map((one) => ({
      foundation: one.foundation,
      component: one.component,
      protocol: 'udp',
      priority: one.priority,
      ip: one.ip,
      port: one.port,
      type: 'host',
    })),
    fingerprints: dtls.localParameters.fingerprints.map(({ algorithm, value }) => ({ algorithm, value })),
  };
  const connect = async (us: WebRtcTransport): Promise<void> => {
    const { ice: credentials, candidates, fingerprints } = us.localParameters;
    ice.setRemoteParams(
      new RTCIceParameters({ iceLite: false, usernameFragment: credentials.ufrag, password: credentials.pwd }),
    );
    for (const { component, foundation, ip, port, priority, protocol, type } of candidates) {
      await ice.addRemoteCandidate(new IceCandidate(component, foundation, ip, port, priority, protocol, type));
    }
    await ice.addRemoteCandidate(undefined);
    const expected = fingerprints.map(({ algorithm, value }) => new RTCDtlsFingerprint(algorithm, value));
    dtls.setRemoteParams(new RTCDtlsParameters(expected, 'auto'));
    const secured = dtlsRole === 'server' ? dtls.start() : undefined;
    await ice.start();
    await (secured ?? dtls.start());
  };
  return { ice, dtls, parameters, connect };
}

describe('a peer made of werift', () => {
  it.each([
    ['controlling', 'client', 'AEAD_AES_128_GCM'],
    ['controlling', 'client', 'AES_CM_128_HMAC_SHA1_80'],
    ['controlling', 'server', 'AEAD_AES_128_GCM'],
    ['controlled', 'client', 'AEAD_AES_128_GCM'],
    ['controlled', 'server', 'AES_CM_128_HMAC_SHA1_80'],
  ] as const)('that is %s and DTLS %s exchanges media with us under %s', async (iceRole, dtlsRole, profile) => {
    const peer = await createWeriftPeer(iceRole, dtlsRole, profile);
    const us = await createTransport({
      ...LOOPBACK,
      iceRole: iceRole === 'controlling' ? 'controlled' : 'controlling',
      dtlsRole: dtlsRole === 'client' ? 'server' : 'client',
    });
    const track = us.createTrack({ kind: 'audio', ssrc: 77, parameters: OPUS, cname: 'a' });
    const received: RtpPacket[] = [];
    const payloads: string[] = [];
    const reports: number[] = [];
    peer.dtls.onRtp.subscribe((packet) => received.push(packet));
    us.onRtp = (packet) => payloads.push(Buffer.from(packet.payload).toString());
    us.onRtcp = (compound) => reports.push(compound[1]!);

    await Promise.all([us.connect(peer.parameters), peer.connect(us)]);
    expect(us.getStats().srtpProfile).toBe(profile);

    const sample = { kind: 'audio', codec: 'opus', ptsUs: 0, durationUs: 20_000, keyframe: true, dueUs: 0 } as const;
    for (const text of ['one', 'two']) track.write({ ...sample, data: Buffer.from(text) });
    await expect.poll(() => received.map((packet) => packet.payload.toString())).toEqual(['one', 'two']);
    expect(received[0]!.header).toMatchObject({ ssrc: 77, payloadType: 111 });

    const header = new RtpHeader({ ssrc: 5, sequenceNumber: 65_535, timestamp: 1, payloadType: 111 });
    await peer.dtls.sendRtp(Buffer.from('back'), header);
    await peer.dtls.sendRtcp([new RtcpRrPacket({ ssrc: 7, reports: [] })]);
    await expect.poll(() => payloads).toEqual(['back']);
    await expect.poll(() => reports).toContain(201);
    expect(us.getStats().packetsRejected).toBe(0);

    await us.close();
    await expect.poll(() => peer.dtls.state).toBe('closed');
    await peer.dtls.stop();
  });
});
