import { RtpHeader, RtcpRrPacket, type RtpPacket } from 'werift';
import { describe, expect, it } from 'vitest';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { RtpParameters } from '../../src/webrtc/types.ts';
import { createWeriftPeer } from './create-werift-peer.ts';
import { LOOPBACK } from './transport-pair.ts';

const OPUS: RtpParameters = { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] };

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
