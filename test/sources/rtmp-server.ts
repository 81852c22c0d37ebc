import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPart } from '../requires.ts';
import { freePort } from './free-port.ts';

/** nginx on loopback, with an RTMP application `live`: what is pushed to it can be played from it. */
export interface RtmpServer extends AsyncDisposable {
  /** Address of a stream. */
  url(name: string): string;
}

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

export async function serveRtmp(): Promise<RtmpServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-rtmp-'));
  const port = await freePort();
  const lines = [
    // Built in where it is no module of its own.
    ...(existsSync(MODULE) ? [`load_module ${MODULE};`] : []),
    `daemon off; master_process off; worker_processes 1; pid ${join(folder, 'pid')}; error_log ${join(folder, 'log')};`,
    'events {}',
    `rtmp { server { listen 127.0.0.1:${port}; chunk_size 4096; application live { live on; } } }`,
  ];
  writeFileSync(join(folder, 'conf'), lines.join('\n'));
  const nginx = spawn(findPart('nginx')!, ['-p', folder, '-c', join(folder, 'conf')], { stdio: 'ignore' });
  const ended = once(nginx, 'exit');
  for (let tries = 0; !(await canConnect(port)); tries++) {
    if (tries > 200 || nginx.exitCode !== null) throw new Error(`nginx does not serve RTMP: see ${folder}`);
    await sleep(25);
  }
  return {
    url: (name) => `rtmp://127.0.0.1:${port}/live/${name}`,
    async [Symbol.asyncDispose]() {
      nginx.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).then(
    () => !socket.destroyed && !socket.connecting,
    () => false,
  );
  socket.destroy();
  return isOpen;
}
