import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { RtpPacket } from 'werift';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import { framedDatagramLength, MessageStream, turnMessageLength } from '../../src/webrtc/message-stream.ts';
import { TcpChannel } from '../../src/webrtc/tcp-channel.ts';
import type { RtpParameters } from '../../src/webrtc/types.ts';
import { createWeriftPeer } from './create-werift-peer.ts';
import { LOOPBACK } from './transport-pair.ts';

const OPUS: RtpParameters = { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] };

describe('a transport with TCP', () => {
  it.each(['controlling', 'controlled'] as const)(
    'connects to a %s werift that listens, and sends media',
    async (role) => {
      const peer = await createWeriftPeer(role, 'client', 'AEAD_AES_128_GCM', { useTcp: true });
      const candidates = peer.parameters.candidates.filter(({ tcpType }) => tcpType === 'passive');
      expect(candidates).toHaveLength(1);
      const iceRole = role === 'controlling' ? 'controlled' : 'controlling';
      const us = await createTransport({ ...LOOPBACK, tcp: true, iceRole });
      const tcp = us.localParameters.candidates.filter(({ protocol }) => protocol === 'tcp');
      expect(tcp).toMatchObject([{ ip: '127.0.0.1', port: 9, type: 'host', tcpType: 'active' }]);
      const received: RtpPacket[] = [];
      peer.dtls.onRtp.subscribe((packet) => received.push(packet));
      const track = us.createTrack({ kind: 'audio', ssrc: 77, parameters: OPUS, cname: 'a' });

      // werift gives up at once without anything to check: it gets an address where nobody is.
      const nowhere = { ...us.localParameters.candidates[0]!, port: 9 };
      const onlyTcp = { ...us.localParameters, candidates: [nowhere, ...tcp] };
      await Promise.all([us.connect({ ...peer.parameters, candidates }), peer.connect({ localParameters: onlyTcp })]);
      expect(us.getStats().selectedPair!.remote).toBe(`127.0.0.1:${candidates[0]!.port}`);
      const sample = { kind: 'audio', codec: 'opus', ptsUs: 0, durationUs: 20_000, keyframe: true, dueUs: 0 } as const;
      const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
      for (const text of texts) track.write({ ...sample, data: Buffer.from(text) });
      await expect.poll(() => received.map((packet) => packet.payload.toString())).toEqual(texts);
      await us.close();
      await peer.dtls.stop();
    },
  );

  it('prefers UDP', async () => {
    const peer = await createWeriftPeer('controlling', 'client', 'AEAD_AES_128_GCM', { useTcp: true });
    const us = await createTransport({ ...LOOPBACK, tcp: true });
    await Promise.all([us.connect(peer.parameters), peer.connect(us)]);
    const { selectedPair } = us.getStats();
    expect(us.localParameters.candidates[0]).toMatchObject({ protocol: 'udp' });
    expect(selectedPair!.local).toBe(`127.0.0.1:${us.localParameters.candidates[0]!.port}`);
    await us.close();
    await peer.dtls.stop();
  });

  it('uses none unless asked to', async () => {
    const us = await createTransport(LOOPBACK);
    expect(us.localParameters.candidates.map(({ protocol }) => protocol)).toEqual(['udp']);
    await us.close();
  });
});

describe('a channel over TCP', () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function listen() {
    const sockets: Socket[] = [];
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk) => received.push(chunk));
      socket.on('error', () => {});
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      sockets,
      port: (server.address() as AddressInfo).port,
      bytes: () => Buffer.concat(received).toString('latin1'),
    };
  }

  it('frames what it sends, connects once, and connects again when the connection broke', async () => {
    const { sockets, port, bytes } = await listen();
    const channel = new TcpChannel({ ip: '127.0.0.1', onDatagram: () => {}, logger: silentLogger });
    channel.send(Buffer.from('xhellox'), 1, 5, port, '127.0.0.1');
    channel.send(Buffer.from(''), 0, 0, port, '127.0.0.1');
    await expect.poll(bytes).toBe('\0\x05hello\0\0');
    expect(sockets).toHaveLength(1);
    sockets[0]!.destroy();
    await expect
      .poll(
        () => {
          channel.send(Buffer.from('again'), 0, 5, port, '127.0.0.1');
          return sockets.length;
        },
        { timeout: 5000 },
      )
      .toBe(2);
    await channel.close();
    channel.send(Buffer.from('late'), 0, 4, port, '127.0.0.1');
    expect(sockets).toHaveLength(2);
  });

  it('does not mind that nobody listens', async () => {
    const channel = new TcpChannel({ ip: '127.0.0.1', onDatagram: () => {}, logger: silentLogger });
    channel.send(Buffer.from('x'), 0, 1, 1, '127.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    channel.send(Buffer.from('x'), 0, 1, 1, '127.0.0.1');
    await channel.close();
  });

  it.each([
    ['framed datagrams', framedDatagramLength, ['\0\x01a', '\0\0', '\0\x05hello']],
    [
      'what a TURN server sends',
      turnMessageLength,
      ['\x40\0\0\x02hi\0\0', `\0\x01\0\x04${'x'.repeat(20)}`, '\x40\0\0\0'],
    ],
  ])('cuts %s out of a stream, wherever it is torn', (_name, lengthOf, messages) => {
    const bytes = Buffer.from(messages.join(''), 'latin1');
    for (let size = 1; size <= bytes.length; size++) {
      const stream = new MessageStream(lengthOf);
      const cut: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        for (const message of stream.push(bytes.subarray(at, at + size))) cut.push(message.toString('latin1'));
      }
      expect(cut).toEqual(messages);
    }
  });
});
