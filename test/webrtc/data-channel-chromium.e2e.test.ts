import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import type { LocalParameters } from '../../src/webrtc/types.ts';
import { findPart, requires } from '../requires.ts';
import { CHROMIUM_ARGS } from '../testing/page/chromium-args.ts';
import { remoteOf } from './browser-answer.ts';
import { LOOPBACK } from './transport-pair.ts';

/** As much of the browser's types as the page's part needs. */
interface PageChannel {
  readonly label: string;
  readonly id: number;
  readonly ordered: boolean;
  onmessage: (event: { readonly data: unknown }) => void;
  send(text: string): void;
}
interface PageConnection {
  ondatachannel: (event: { readonly channel: PageChannel }) => void;
  onicecandidate: (event: { readonly candidate: object | null }) => void;
  readonly localDescription: { readonly sdp: string };
  setRemoteDescription(description: { readonly type: string; readonly sdp: string }): Promise<void>;
  setLocalDescription(): Promise<void>;
  createDataChannel(label: string): PageChannel;
}

/** What the page answers our offer with; see {@link answerOffer}. */
interface Answer {
  readonly sdp: string;
}

describe.runIf(requires('chromium'))('Chromium', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findPart('chromium')!, args: [...CHROMIUM_ARGS] });
    page = await browser.newPage();
  });
  afterAll(() => browser.close());

  it.each([
    [0, 'server'],
    [1, 'server'],
    [0, 'client'],
  ] as const)('takes a channel on stream %i from us, DTLS %s, and answers with text', async (id, dtlsRole) => {
    const us = await createTransport({ ...LOOPBACK, iceRole: 'controlling', dtlsRole });
    const channel = await us.openDataChannel({ id });
    const heard: string[] = [];
    channel.messages$.subscribe((text) => heard.push(text));
    const { sdp } = await page.evaluate(answerOffer, { sdp: offerOf(us.localParameters), opens: false });
    await us.connect(remoteOf(sdp));
    await expect.poll(() => channel.state, { timeout: 10_000 }).toBe('open');
    const long = 'ü'.repeat(30_000);
    for (const text of ['{"colibriClass":"ReceiverVideoConstraints"}', '', long]) channel.send(text);
    // The page says what it got, and of which type it was.
    await expect
      .poll(() => heard, { timeout: 10_000 })
      .toEqual([
        `data ${id} ordered`,
        'string {"colibriClass":"ReceiverVideoConstraints"}',
        'string ',
        `string ${long}`,
      ]);
    await us.close();
    expect(channel.state).toBe('closed');
  });

  it('opens a channel that we await', async () => {
    const us = await createTransport({ ...LOOPBACK, iceRole: 'controlling' });
    const channel = await us.openDataChannel({ opener: false, label: 'theirs' });
    const heard: string[] = [];
    channel.messages$.subscribe((text) => heard.push(text));
    const { sdp } = await page.evaluate(answerOffer, { sdp: offerOf(us.localParameters), opens: true });
    await us.connect(remoteOf(sdp));
    await expect.poll(() => channel.state, { timeout: 10_000 }).toBe('open');
    channel.send('hello');
    await expect.poll(() => heard).toEqual(['string hello']);
    await us.close();
  });
});

/** Runs in the page: answers, says what comes in on every channel, and opens one if asked to. */
async function answerOffer({ sdp, opens }: { sdp: string; opens: boolean }): Promise<Answer> {
  const scope = globalThis as unknown as { RTCPeerConnection: new () => PageConnection };
  const connection = new scope.RTCPeerConnection();
  const serve = (channel: PageChannel): void => {
    channel.onmessage = ({ data }) => channel.send(`${typeof data} ${String(data)}`);
  };
  connection.ondatachannel = ({ channel }) => {
    serve(channel);
    channel.send(`${channel.label} ${channel.id} ${channel.ordered ? 'ordered' : 'unordered'}`);
  };
  await connection.setRemoteDescription({ type: 'offer', sdp });
  if (opens) serve(connection.createDataChannel('theirs'));
  await connection.setLocalDescription();
  await new Promise<void>((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (!candidate) resolve();
    };
  });
  return { sdp: connection.localDescription.sdp };
}

function offerOf({ ice, fingerprints, candidates, dtlsRole }: LocalParameters): string {
  const { algorithm, value } = fingerprints[0]!;
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.pwd}`,
    `a=fingerprint:${algorithm} ${value}`,
    `a=setup:${dtlsRole === 'server' ? 'passive' : 'active'}`,
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    ...candidates.map((one) => `a=candidate:${one.foundation} 1 udp ${one.priority} ${one.ip} ${one.port} typ host`),
    '',
  ].join('\r\n');
}
