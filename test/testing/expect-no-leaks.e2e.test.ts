import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { expectNoLeaks } from '../../src/testing/expect-no-leaks.ts';

describe('expectNoLeaks', () => {
  it('is content with what goes away, be it later', async () => {
    await expectNoLeaks(async () => {
      const socket = createSocket('udp4').bind(0, '127.0.0.1');
      await once(socket, 'listening');
      setTimeout(() => socket.close(), 100);
    });
  });

  it('names what is left', async () => {
    let socket: ReturnType<typeof createSocket> | undefined;
    const server = createServer();
    let timers: NodeJS.Timeout[] = [];
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const leaking = expectNoLeaks(
      async () => {
        socket = createSocket('udp4').bind(0, '127.0.0.1');
        server.listen(0, '127.0.0.1');
        await Promise.all([once(socket, 'listening'), once(server, 'listening')]);
        timers = [setTimeout(() => {}, 60_000), setTimeout(() => {}, 60_000)];
      },
      { withinMs: 50 },
    );
    const error = await leaking.catch((error: unknown) => error as Error);
    socket!.close();
    server.close();
    timers.forEach(clearTimeout);
    expect((error as Error).message).toMatch(/^Left after 50 ms: /);
    expect((error as Error).message).toContain('1 UDP socket');
    expect((error as Error).message).toContain('1 TCP socket');
    expect((error as Error).message).toContain('2 timers');
    expect((error as Error).message).not.toContain('child');
  });

  it('names a child that runs', async () => {
    let child: ReturnType<typeof spawn> | undefined;
    const leaking = expectNoLeaks(
      async () => {
        child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
        await once(child, 'spawn');
      },
      { withinMs: 50 },
    );
    await expect(leaking).rejects.toThrow('1 child process.');
    child!.kill('SIGKILL');
    await once(child!, 'exit');
  });

  it('passes on the error of what it runs', async () => {
    await expect(expectNoLeaks(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  });
});
