import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/core/errors.ts';
import { openUdpSocket } from '../../src/webrtc/udp-socket.ts';

const ignore = () => {};

describe('a UDP socket', () => {
  it.each([
    ['ipv4', '127.0.0.1'],
    ['ipv6', '::1'],
  ] as const)('carries datagrams over %s', async (family, ip) => {
    let arrive = (_text: string) => {};
    const arrived = new Promise<string>((resolve) => (arrive = resolve));
    const receiver = await openUdpSocket({
      ip,
      family,
      onDatagram: (datagram, from) => arrive(`${datagram.toString()} from ${from.address}:${from.port}`),
    });
    const sender = await openUdpSocket({ ip, family, onDatagram: ignore });
    sender.send(Buffer.from('xx hello yy'), 3, 5, receiver.port, ip);
    expect(await arrived).toBe(`hello from ${ip}:${sender.port}`);
    await Promise.all([sender.close(), receiver.close()]);
  });

  it.each(['192.0.2.77', 'not an address'])('bound to %s is a typed error, not a crash', async (ip) => {
    const failure = await openUdpSocket({ ip, family: 'ipv4', onDatagram: ignore }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransportError);
    expect(failure).toMatchObject({ code: 'ERR_BIND', message: expect.stringContaining(ip) as string });
  });

  it('takes a free port of the range, and says so when there is none', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address();
    const free = await openUdpSocket({ ip: '127.0.0.1', family: 'ipv4', onDatagram: ignore });
    await free.close();

    const only = { ip: '127.0.0.1', family: 'ipv4', onDatagram: ignore } as const;
    await expect(openUdpSocket({ ...only, portRange: [port, port] })).rejects.toMatchObject({ code: 'ERR_BIND' });
    const socket = await openUdpSocket({ ...only, portRange: [free.port, free.port] });
    expect(socket.port).toBe(free.port);
    await socket.close();
    taken.close();
  });

  it('reports a size of buffer that the system refuses, and works without it', async () => {
    const errors: Error[] = [];
    const onError = (error: Error) => errors.push(error);
    const options = { ip: '127.0.0.1', family: 'ipv4', onDatagram: ignore, onError } as const;
    const sockets = [
      await openUdpSocket({ ...options, receiveBufferBytes: 100_000 }),
      await openUdpSocket({ ...options, receiveBufferBytes: -1 }),
    ];
    expect(errors).toHaveLength(1);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  it('closes more than once, and drops what is sent afterwards', async () => {
    const socket = await openUdpSocket({ ip: '127.0.0.1', family: 'ipv4', onDatagram: ignore });
    await Promise.all([socket.close(), socket.close()]);
    expect(() => socket.send(Buffer.from('late'), 0, 4, 9, '127.0.0.1')).not.toThrow();
  });

  it('survives an unreachable destination', async () => {
    const socket = await openUdpSocket({ ip: '127.0.0.1', family: 'ipv4', onDatagram: ignore });
    for (const address of ['127.0.0.1', '203.0.113.1', '255.255.255.255'])
      socket.send(Buffer.from('x'), 0, 1, 9, address);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await socket.close();
  });
});
