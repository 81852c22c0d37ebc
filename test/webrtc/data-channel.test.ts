import { execFileSync } from 'node:child_process';
import { RTCDataChannel, RTCDataChannelParameters, RTCSctpTransport } from 'werift';
import { describe, expect, it } from 'vitest';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { DataChannel } from '../../src/webrtc/data-channel.ts';
import { decodeDcep, encodeDcep } from '../../src/webrtc/dcep.ts';
import type { Impairment } from '../../src/webrtc/transport-options.ts';
import { createWeriftPeer } from './create-werift-peer.ts';
import { connectPair, createPair, LOOPBACK, seededRandom } from './transport-pair.ts';

/** Every message from now on. */
function record(channel: DataChannel): string[] {
  const messages: string[] = [];
  channel.messages$.subscribe((text) => messages.push(text));
  return messages;
}

async function bothOpen(...channels: DataChannel[]): Promise<void> {
  await expect.poll(() => channels.map(({ state }) => state), { timeout: 15_000 }).toEqual(channels.map(() => 'open'));
}

const LONG = JSON.stringify({ colibriClass: 'ReceiverVideoConstraints', endpoints: 'ä'.repeat(20_000) });

describe('a data channel', () => {
  it.each([
    ['before', 'after'],
    ['after', 'before'],
  ])('that one opens %s connecting and the other awaits %s it carries text both ways', async (ours, theirs) => {
    await using pair = await createPair();
    const open = () => pair.us.openDataChannel();
    const wait = () => pair.them.openDataChannel({ opener: false });
    let [us, them] = [ours === 'before' ? await open() : undefined, theirs === 'before' ? await wait() : undefined];
    await connectPair(pair);
    us ??= await open();
    them ??= await wait();
    const [heardByUs, heardByThem] = [record(us), record(them)];
    await bothOpen(us, them);
    const texts = ['{"colibriClass":"DebugMessage"}', '', 'ünï', LONG, 'last'];
    for (const text of texts) expect(us.send(text) && them.send(text)).toBe(true);
    await expect.poll(() => [heardByUs, heardByThem], { timeout: 10_000 }).toEqual([texts, texts]);
  });

  it('loses nothing on a path that loses, delays and reorders', { timeout: 60_000 }, async () => {
    const impair: Impairment = { lossRate: 0.1, jitterMs: 20, direction: 'send', random: seededRandom(7) };
    await using pair = await createPair({ impair }, { impair });
    const us = await pair.us.openDataChannel();
    const heard = record(await pair.them.openDataChannel({ opener: false }));
    await connectPair(pair);
    await bothOpen(us);
    const texts = Array.from({ length: 30 }, (_, i) => `${i} ${'x'.repeat(i * 50)}`);
    for (const text of texts) us.send(text);
    await expect.poll(() => heard, { timeout: 40_000 }).toEqual(texts);
  });

  it('refuses to send before it is open, after it is closed, and what is too long', async () => {
    await using pair = await createPair();
    const [us, them] = [await pair.us.openDataChannel(), await pair.them.openDataChannel({ opener: false })];
    expect(us.send('early')).toBe(false);
    await connectPair(pair);
    await bothOpen(us, them);
    expect(us.send('x'.repeat(65_537))).toBe(false);
    us.close();
    us.close();
    expect(us.send('late')).toBe(false);
    await expect.poll(() => them.state).toBe('closed');
    expect(pair.us.state).toBe('connected');
  });

  it('ends with its transport', async () => {
    await using pair = await createPair();
    const [us, them] = [await pair.us.openDataChannel(), await pair.them.openDataChannel({ opener: false })];
    await connectPair(pair);
    await bothOpen(us, them);
    let completed = 0;
    for (const one of [us, them]) one.messages$.subscribe({ complete: () => completed++ });
    await pair.us.close();
    await expect.poll(() => [us.state, them.state, completed]).toEqual(['closed', 'closed', 2]);
    await expect(pair.us.openDataChannel()).rejects.toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
  });

  it('that was closed before there was a session says nothing in it, and another one takes its place', async () => {
    await using pair = await createPair();
    const former = await pair.us.openDataChannel({ label: 'former' });
    former.close();
    const heard: number[] = [];
    pair.them.onData = (packet) => heard.push(packet.length);
    await connectPair(pair);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual([]);
    const [them, us] = [await pair.them.openDataChannel({ opener: false }), await pair.us.openDataChannel()];
    await bothOpen(us, them);
  });

  it('is the only one', async () => {
    const us = await createTransport(LOOPBACK);
    await us.openDataChannel();
    await expect(us.openDataChannel()).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    await us.close();
  });

  it('survives malformed packets', async () => {
    await using pair = await createPair();
    const [us, them] = [await pair.us.openDataChannel(), await pair.them.openDataChannel({ opener: false })];
    await connectPair(pair);
    await bothOpen(us, them);
    const heard = record(us);
    for (let length = 0; length < 60; length++) pair.them.sendData(Buffer.alloc(length, length));
    them.send('still here');
    await expect.poll(() => heard).toEqual(['still here']);
  });

  it.each([
    ['it answers', 0, true],
    ['it answers, on stream 1', 1, true],
    ['it opens', 0, false],
  ])('talks to werift: %s', async (_name, id, opener) => {
    const peer = await createWeriftPeer('controlling', 'client', 'AEAD_AES_128_GCM');
    const sctp = new RTCSctpTransport(5000);
    sctp.setDtlsTransport(peer.dtls);
    const echo = (channel: RTCDataChannel) =>
      channel.onMessage.subscribe((data) => channel.send(typeof data === 'string' ? `${data}!` : 'not text'));
    sctp.onDataChannel.subscribe(echo);
    Object.defineProperty(sctp, 'isServer', { get: () => opener });
    const us = await createTransport(LOOPBACK);
    const channel = await us.openDataChannel({ id, opener });
    const heard = record(channel);
    await Promise.all([us.connect(peer.parameters), peer.connect(us)]);
    await sctp.start(5000);
    if (!opener) echo(new RTCDataChannel(sctp, new RTCDataChannelParameters({ label: 'data', id: 0 })));
    await bothOpen(channel);
    for (const text of ['one', 'two']) channel.send(text);
    await expect.poll(() => heard).toEqual(['one!', 'two!']);
    if (opener) expect(sctp.dataChannels[id]).toMatchObject({ label: 'data', ordered: true });
    await us.close();
    await sctp.stop();
    await peer.dtls.stop();
  });

  it('does not cost anything to those who have none: its SCTP is loaded when asked for', () => {
    const script = `
      import { createTransport } from './src/webrtc/create-transport.ts';
      import { registerHooks } from 'node:module';
      let loaded = 0;
      registerHooks({ resolve: (specifier, context, next) => (specifier === 'werift' && loaded++, next(specifier, context)) });
      const transport = await createTransport({ addresses: ['127.0.0.1'] });
      const before = loaded;
      await transport.openDataChannel();
      await transport.close();
      console.log(before, loaded);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(output.trim()).toBe('0 1');
  });
});

describe('the protocol that opens data channels', () => {
  it('has the bytes of RFC 8832', () => {
    expect(encodeDcep({ type: 'open', label: 'data' }).toString('hex')).toBe('030000000000000000040000' + '64617461');
    expect(encodeDcep({ type: 'ack' }).toString('hex')).toBe('02');
    expect(decodeDcep(encodeDcep({ type: 'open', label: 'dätä' }))).toEqual({ type: 'open', label: 'dätä' });
  });

  it.each(['', '00', '03', '030000000000000000050000' + '64617461'])('does not take %j for a message', (hex) => {
    expect(decodeDcep(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
