import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface RtspServer extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** Each request, as in `SETUP rtsp://…`, and the credentials that came with it. */
  readonly requests: { line: string; authorization: string | undefined }[];
}

export interface RtspServerOptions {
  /** Arguments of ffmpeg for what is sent: an input and how to encode it. */
  args: readonly string[];
  /** Line of the session description that says what that is. */
  media: readonly string[];
  /** What clients must say, as in `user:pass`. */
  credentials?: string | undefined;
}

/**
 * A server for RTSP over TCP (RFC 7826, section 14), with one stream that begins when it is played: what ffmpeg sends as RTP
 * over UDP, interleaved with the answers.
 */
export async function serveRtsp({ args, media, credentials }: RtspServerOptions): Promise<RtspServer> {
  const requests: RtspServer['requests'] = [];
  const senders = new Set<ChildProcess>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const rtp = createSocket('udp4');
    let sender: ChildProcess | undefined;
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1');
      for (let end = said.indexOf('\r\n\r\n'); end >= 0; end = said.indexOf('\r\n\r\n')) {
        // Receiver reports, interleaved as well, are none of our business.
        const request = /(?:OPTIONS|DESCRIBE|SETUP|PLAY|TEARDOWN|GET_PARAMETER) [\s\S]*$/.exec(said.slice(0, end))?.[0];
        said = said.slice(end + 4);
        if (request !== undefined) answer(request);
      }
    });
    socket.on('close', () => {
      sender?.kill('SIGKILL');
      rtp.close();
    });

    function answer(request: string): void {
      const header = (name: string): string | undefined => new RegExp(`^${name}: *(.*)$`, 'im').exec(request)?.[1];
      const line = request.slice(0, request.indexOf(' RTSP/'));
      const authorization = header('Authorization');
      requests.push({ line, authorization });
      const reply = (status: string, lines: string[], body = ''): unknown =>
        socket.write([`RTSP/1.0 ${status}`, `CSeq: ${header('CSeq')}`, ...lines, '', body].join('\r\n'));
      const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
      if (authorization !== expected) return void reply('401 Unauthorized', ['WWW-Authenticate: Basic realm="camera"']);
      const [method] = line.split(' ');
      if (method === 'DESCRIBE') {
        const sdp = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=test', 't=0 0', ...media, 'a=control:stream', ''].join(
          '\r\n',
        );
        return void reply('200 OK', ['Content-Type: application/sdp', `Content-Length: ${sdp.length}`], sdp);
      }
      if (method === 'SETUP') {
        return void reply('200 OK', ['Session: 1', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
      }
      reply('200 OK', ['Session: 1', 'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN']);
      if (method === 'PLAY') play();
    }

    function play(): void {
      rtp.on('message', (packet) => {
        const prefix = Buffer.from([0x24, 0, packet.length >> 8, packet.length & 0xff]);
        if (!socket.destroyed) socket.write(Buffer.concat([prefix, packet]));
      });
      rtp.bind(0, '127.0.0.1', () => {
        const target = `rtp://127.0.0.1:${rtp.address().port}?pkt_size=1200`;
        const command = ['-hide_banner', '-loglevel', 'error', '-re', ...args, '-f', 'rtp', target];
        sender = spawn(process.env['FFMPEG_PATH'] ?? 'ffmpeg', command, { stdio: 'ignore' });
        senders.add(sender);
        sender.once('exit', () => senders.delete(sender!));
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const ends = [...senders].map((sender) => once(sender, 'exit'));
      for (const socket of sockets) socket.destroy();
      server.close();
      await Promise.all([once(server, 'close'), ...ends]);
    },
  };
}
