import { createSocket } from 'node:dgram';
import { rtpTemplate, type OpenSender } from './sender.ts';

/** Nothing but the socket: what no sender in Node can be cheaper than. */
export const openDgram: OpenSender = async (peer, _profile, sizes) => {
  const { port } = await peer.ask({ ask: 'sink' });
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const packets = sizes.map((bytes) => rtpTemplate(bytes, 16));
  return {
    send(payload = 0) {
      const packet = packets[payload]!;
      socket.send(packet, 0, packet.length, port, '127.0.0.1');
    },
    close: () => void socket.close(),
  };
};
