import { spawn, spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPart } from '../requires.ts';

/** A real RTMP server on loopback, that records what it is sent. */
export interface RtmpServer extends AsyncDisposable {
  readonly port: number;
  /** The address to publish to. Keys that begin with `wrong` are refused. */
  url(key?: string): string;
  /** Each publish that was asked for, by its key, in order. */
  readonly publishes: readonly string[];
  /** Paths of the recordings, the oldest first. */
  recordings(): string[];
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it in the middle of whatever it does, or has it go on. */
  freeze(frozen: boolean): void;
}

export async function createRtmpServer(): Promise<RtmpServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-rtmp-'));
  const publishes: string[] = [];
  const gate = await openGate(publishes);
  const port = await freePort();
  let nginx: ReturnType<typeof spawn> | undefined;
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, (gate.address() as AddressInfo).port));

  async function start(): Promise<void> {
    const child = spawn(findPart('nginx')!, ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
      stdio: 'ignore',
    });
    nginx = child;
    const deadline = performance.now() + 10_000;
    while (!(await answers(port))) {
      if (performance.now() > deadline || child.exitCode !== null) {
        throw new Error(`nginx did not start: ${readFileSync(join(folder, 'error.log'), 'utf8')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function stop(): Promise<void> {
    const child = nginx;
    nginx = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    port,
    publishes,
    url: (key = 'stream-key') => `rtmp://127.0.0.1:${port}/live/${key}`,
    recordings: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.flv'))
        .map((name) => join(folder, name))
        .sort((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs),
    start,
    stop,
    freeze: (frozen) => void nginx?.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    async [Symbol.asyncDispose]() {
      await stop();
      gate.close();
      gate.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(folder: string, port: number, gatePort: number): string {
  // Where Debian and its like have it; elsewhere it is built in.
  const module = '/usr/lib/nginx/modules/ngx_rtmp_module.so';
  const isThere = statSync(module, { throwIfNoEntry: false }) !== undefined;
  return `
${isThere ? `load_module ${module};` : ''}
daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log info;
events { worker_connections 64; }
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    chunk_size 4096;
    application live {
      live on; record all; record_path ${folder}; record_unique on;
      drop_idle_publisher 10s;
      on_publish http://127.0.0.1:${gatePort}/publish;
    }
  }
}`;
}

/** What nginx asks whether a key is right. */
async function openGate(publishes: string[]): Promise<Server> {
  const gate = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => (body += text));
    request.on('end', () => {
      const key = new URLSearchParams(body).get('name') ?? '';
      publishes.push(key);
      response.statusCode = key.startsWith('wrong') ? 403 : 200;
      response.end();
    });
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  return gate;
}

export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return import('node:net').then(
    ({ connect }) =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('connect', () => {
          socket.destroy();
          resolve(true);
        });
        socket.on('error', () => resolve(false));
      }),
  );
}

/** What a server has recorded. */
export interface Recording {
  /** Times of packets, in milliseconds. */
  readonly audioMs: readonly number[];
  readonly videoMs: readonly number[];
  /** Times of the keyframes. */
  readonly keyframesMs: readonly number[];
  /** Mean brightness of each frame that decodes, with its time. */
  readonly pictures: readonly { readonly atMs: number; readonly brightness: number }[];
  /** Mono, 48 kHz, from the first packet on, which is at time 0 or next to it. */
  readonly pcm: Int16Array;
  /** What decoders complained of. */
  readonly complaints: string;
}

const SIDE = 16;

export function readRecording(path: string): Recording {
  const packets = probe(path, ['-show_entries', 'packet=stream_index,codec_type,pts_time,flags']).packets ?? [];
  const timesOf = (type: string): number[] =>
    packets.filter(({ codec_type }) => codec_type === type).map(({ pts_time }) => Math.round(Number(pts_time) * 1000));
  const raw = decode(path, [
    ...['-map', '0:v', '-vf', `scale=${SIDE}:${SIDE},format=gray`, '-vsync', 'passthrough', '-f', 'rawvideo'],
  ]);
  const frames = probe(path, ['-select_streams', 'v', '-show_entries', 'frame=pts_time']).frames ?? [];
  const pcm = decode(path, ['-map', '0:a', '-ar', '48000', '-ac', '1', '-f', 's16le']);
  const size = SIDE * SIDE;
  return {
    audioMs: timesOf('audio'),
    videoMs: timesOf('video'),
    keyframesMs: packets
      .filter(({ codec_type, flags }) => codec_type === 'video' && flags?.includes('K'))
      .map(({ pts_time }) => Math.round(Number(pts_time) * 1000)),
    pictures: frames.map(({ pts_time }, index) => {
      const picture = raw.stdout.subarray(index * size, (index + 1) * size);
      const brightness = picture.reduce((sum, value) => sum + value, 0) / size;
      return { atMs: Math.round(Number(pts_time) * 1000), brightness };
    }),
    pcm: new Int16Array(pcm.stdout.buffer, pcm.stdout.byteOffset, pcm.stdout.length >> 1),
    complaints: complaintsOf(raw.stderr) + complaintsOf(pcm.stderr),
  };
}

interface Probed {
  readonly packets?: readonly { codec_type: string; pts_time: string; flags?: string }[];
  readonly frames?: readonly { pts_time: string }[];
}

function probe(path: string, args: readonly string[]): Probed {
  const { stdout, stderr, status } = spawnSync(
    findPart('ffprobe')!,
    ['-loglevel', 'error', '-of', 'json', ...args, path],
    { maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as Probed;
}

function decode(path: string, args: readonly string[]): { stdout: Buffer<ArrayBuffer>; stderr: Buffer } {
  const command = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
  const { stdout, stderr } = spawnSync(command, ['-loglevel', 'error', '-i', path, ...args, 'pipe:1'], {
    maxBuffer: 2 ** 28,
  });
  return { stdout: Buffer.from(stdout), stderr };
}

/** Not of how we write down what was decoded. */
function complaintsOf(stderr: Buffer): string {
  const lines = stderr.toString().split('\n');
  return lines.filter((line) => !/increasing dts to muxer|Last message repeated/.test(line)).join('\n');
}

/** The largest step from one time to the next. */
export function largestStepMs(timesMs: readonly number[]): number {
  return Math.max(...timesMs.slice(1).map((time, index) => time - timesMs[index]!));
}

/** Whether no time steps back. */
export function isOrdered(timesMs: readonly number[]): boolean {
  return timesMs.every((time, index) => index === 0 || time >= timesMs[index - 1]!);
}
