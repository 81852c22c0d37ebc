import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PacedSample } from '../../src/core/sample.ts';
import { createSocketPool } from '../../src/webrtc/socket-pool.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { Impairment, TransportOptions } from '../../src/webrtc/transport-options.ts';
import type { IceCandidate, RtpParameters, WebRtcTrack, WebRtcTransport } from '../../src/webrtc/types.ts';
import { LOOPBACK, parametersOf, reached, recordStates } from './transport-pair.ts';

const OPUS: RtpParameters = { codec: 'opus', payloadType: 111, clockRate: 48_000, headerExtensions: [] };
const SSRC = 77;
/** A place where nobody is. */
const NOWHERE: readonly IceCandidate[] = [
  { foundation: '1', component: 1, protocol: 'udp', priority: 1, ip: '127.0.0.1', port: 9, type: 'host' },
];

interface Packet {
  readonly server: number;
  readonly text: string;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
}

let us: WebRtcTransport;
let track: WebRtcTrack;
let servers: WebRtcTransport[];
let received: Packet[];

/** A server, as Telegram's are, that writes down what it receives. */
async function openServer(): Promise<WebRtcTransport> {
  const transport = await createTransport({ ...LOOPBACK, iceRole: 'controlling', dtlsRole: 'client' });
  const server = servers.push(transport) - 1;
  transport.onRtp = ({ payload, payloadType, sequenceNumber, timestamp }) => {
    const text = Buffer.from(payload).toString();
    received.push({ server, text, payloadType, sequenceNumber, timestamp });
  };
  return transport;
}

async function open(options: TransportOptions = {}): Promise<void> {
  us = await createTransport({ ...LOOPBACK, ...options });
  track = us.createTrack({ kind: 'audio', ssrc: SSRC, parameters: OPUS, cname: 'a' });
}

async function connectTo(server: WebRtcTransport): Promise<void> {
  // Of one who connects anew, a server knows no candidates: ours are those of the first time.
  const ours = parametersOf(us, { candidates: [] });
  await Promise.all([us.connect(parametersOf(server)), server.connect(ours)]);
}

let dueUs = 0;
function write(text: string): void {
  const sample: PacedSample = {
    kind: 'audio',
    codec: 'opus',
    data: Buffer.from(text),
    ptsUs: 0,
    durationUs: 20_000,
    keyframe: true,
    dueUs: (dueUs += 20_000),
  };
  track.write(sample);
}

const texts = (server: number): string[] => received.filter((one) => one.server === server).map(({ text }) => text);

beforeEach(async () => {
  servers = [];
  received = [];
  dueUs = 0;
  await open();
});
afterEach(() => Promise.all([us.close(), ...servers.map((server) => server.close())]));

describe('connecting again', () => {
  it('opens another session as the same participant: new keys, the numbers and the time go on', async () => {
    const identity = parametersOf(us);
    const [first, second] = [await openServer(), await openServer()];
    const states = recordStates(us);
    await connectTo(first);
    for (const text of ['one', 'two']) write(text);
    await expect.poll(() => texts(0)).toEqual(['one', 'two']);
    await connectTo(second);
    write('three');
    await expect.poll(() => texts(1)).toEqual(['three']);
    await reached(first, 'failed'); // it was told good-bye

    expect(parametersOf(us)).toMatchObject({ ice: identity.ice, fingerprints: identity.fingerprints });
    expect(states).toEqual(['new', 'connecting', 'connected']);
    const [one, two, three] = received as [Packet, Packet, Packet];
    expect([two.sequenceNumber - one.sequenceNumber, three.sequenceNumber - two.sequenceNumber]).toEqual([1, 1]);
    expect((three.timestamp - two.timestamp) >>> 0).toBe(960);
    expect(second.getStats().packetsRejected).toBe(0);
    expect(track.getStats()).toMatchObject({ packetsSent: 3, packetsDropped: 0 });
  });

  it('sends over the session that there is until the other one is there', async () => {
    const [first, second] = [await openServer(), await openServer()];
    await connectTo(first);
    const connecting = us.connect(parametersOf(second));
    write('meanwhile');
    await expect.poll(() => texts(0)).toEqual(['meanwhile']);
    expect(us.state).toBe('connected');
    await Promise.all([connecting, second.connect(parametersOf(us, { candidates: [] }))]);
    write('then');
    await expect.poll(() => texts(1)).toEqual(['then']);
    expect(texts(0)).toEqual(['meanwhile']);
  });

  it('keeps the session that there is when the other one comes to nothing', async () => {
    const first = await openServer();
    await connectTo(first);
    const remote = parametersOf(first, { candidates: NOWHERE });
    await expect(us.connect(remote, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    });
    const wrong = parametersOf(first, { fingerprints: [] });
    await expect(us.connect(wrong)).rejects.toMatchObject({ code: 'ERR_FINGERPRINT' });
    expect([us.state, us.failure]).toEqual(['connected', undefined]);
    write('still');
    await expect.poll(() => texts(0)).toEqual(['still']);
  });

  it('brings back what was lost', async () => {
    const [first, second] = [await openServer(), await openServer()];
    const states = recordStates(us);
    await connectTo(first);
    write('one');
    await expect.poll(() => texts(0)).toEqual(['one']);
    await first.close();
    await reached(us, 'failed');
    expect(us.failure).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
    write('lost');
    expect(track.getStats()).toMatchObject({ packetsSent: 1, packetsDropped: 1 });
    await connectTo(second);
    write('two');
    await expect.poll(() => texts(1)).toEqual(['two']);
    expect(states).toEqual(['new', 'connecting', 'connected', 'failed', 'connecting', 'connected']);
    expect(received[1]!.sequenceNumber - received[0]!.sequenceNumber).toBe(1);
    expect(us.failure).toBeUndefined();
  });

  it.each([
    ['ICE', 'stun', 'ERR_CONNECT_TIMEOUT'],
    ['DTLS', 'dtls', 'ERR_DTLS_FAILED'],
  ] as const)(
    'after the deadline of %s is done from other sockets, as the same participant',
    async (_of, traffic, code) => {
      await us.close();
      const impair: Impairment = { lossRate: 1, traffic };
      await open({ impair, connectTimeoutMs: 1500, dtlsTimeoutMs: 1000 });
      const { ice, fingerprints, candidates } = us.localParameters;
      const [first, second] = [await openServer(), await openServer()];
      await expect(connectTo(first)).rejects.toMatchObject({ code, retryable: true });
      // What it had is free again, and from now on taken.
      const { port } = candidates[0]!;
      const other = await createTransport({ ...LOOPBACK, portRange: [port, port] });
      impair.lossRate = 0;
      await connectTo(second);
      write('one');
      await expect.poll(() => texts(1)).toEqual(['one']);
      expect(us.localParameters).toMatchObject({ ice, fingerprints });
      await other.close();
    },
  );

  it('says that it connects when the session is lost that there was meanwhile', async () => {
    const first = await openServer();
    await connectTo(first);
    const connecting = us.connect(parametersOf(first, { candidates: NOWHERE }), { signal: AbortSignal.timeout(300) });
    await Promise.all([first.close(), reached(us, 'connecting')]);
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(us.state).toBe('failed');
  });

  it('lets the last of several attempts win', async () => {
    const [first, second] = [await openServer(), await openServer()];
    const states = recordStates(us);
    const late = us.connect(parametersOf(first, { candidates: NOWHERE }));
    const [lost] = await Promise.allSettled([late, connectTo(second)]);
    expect(lost).toMatchObject({ status: 'rejected', reason: { code: 'ERR_ABORTED' } });
    expect(states).toEqual(['new', 'connecting', 'connected']);
  });

  it('travels as was agreed on meanwhile', async () => {
    const [first, second] = [await openServer(), await openServer()];
    await connectTo(first);
    write('one');
    track.agree({ ...OPUS, payloadType: 96 });
    write('two');
    await connectTo(second);
    write('three');
    await expect.poll(() => received.map(({ payloadType }) => payloadType)).toEqual([111, 111, 96]);
    expect(track.parameters.payloadType).toBe(96);
    expect(received[2]!.sequenceNumber - received[1]!.sequenceNumber).toBe(1);
  });

  it('ends the data channel of the session before, and may have another', async () => {
    const [first, second] = [await openServer(), await openServer()];
    const before = await us.openDataChannel();
    await first.openDataChannel({ opener: false });
    await connectTo(first);
    await expect.poll(() => before.state).toBe('open');
    await connectTo(second);
    expect(before.state).toBe('closed');
    const theirs = await second.openDataChannel({ opener: false });
    const after = await us.openDataChannel();
    await expect.poll(() => [after.state, theirs.state]).toEqual(['open', 'open']);
  });

  it('ends the data channel of a session that is lost while another one is on its way', async () => {
    const [first, second] = [await openServer(), await openServer()];
    const before = await us.openDataChannel();
    await first.openDataChannel({ opener: false });
    await connectTo(first);
    await expect.poll(() => before.state).toBe('open');
    const connected = us.connect(parametersOf(second));
    await Promise.all([first.close(), reached(us, 'connecting')]);
    expect(before.state).toBe('closed');
    const [theirs, after] = [await second.openDataChannel({ opener: false }), await us.openDataChannel()];
    await Promise.all([connected, second.connect(parametersOf(us, { candidates: [] }))]);
    await expect.poll(() => [after.state, theirs.state]).toEqual(['open', 'open']);
  });

  it('takes another place in a pool of sockets than the session before', async () => {
    await us.close();
    const pool = createSocketPool();
    await open({ socketPool: pool });
    const [first, second] = [await openServer(), await openServer()];
    await connectTo(first);
    await connectTo(second);
    write('one');
    await expect.poll(() => texts(1)).toEqual(['one']);
    await expect.poll(() => pool.size).toBe(1);
  });

  it('may be closed in the midst of it, and leaves nothing', async () => {
    const first = await openServer();
    await connectTo(first);
    const connecting = us.connect(parametersOf(first, { candidates: NOWHERE }));
    await us.close();
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
    await reached(first, 'failed');
  });
});
