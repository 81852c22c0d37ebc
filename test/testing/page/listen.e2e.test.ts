import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createConference, type LoopbackConference } from '../../../src/testing/conference/conference.ts';
import type { ConferencePage } from '../../../src/testing/page/page-server.ts';
import { findPart, requires } from '../../requires.ts';
import { joinConference, until, type TestClient } from '../conference/test-client.ts';
import { opusTone } from '../measurement/opus-tone.ts';
import { CHROMIUM_ARGS } from './chromium-args.ts';

/** What the browser says of the audio it receives; the names are those of the statistics of WebRTC. */
interface Inbound {
  packetsReceived: number;
  packetsLost: number;
  totalAudioEnergy: number;
  concealedSamples: number;
  silentConcealedSamples: number;
  totalSamplesReceived: number;
}

describe.runIf(requires('chromium'))('a browser on the page of a conference', () => {
  let browser: Browser;
  let page: Page;
  let conference: LoopbackConference;
  let served: ConferencePage;
  let tone: Uint8Array[];
  const problems: string[] = [];

  beforeAll(async () => {
    tone = await opusTone(440, 25);
    browser = await chromium.launch({ executablePath: findPart('chromium')!, args: [...CHROMIUM_ARGS] });
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    problems.length = 0;
    conference = await createConference();
    served = await conference.servePage();
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    // The page's connections, to ask them for their statistics.
    await page.addInitScript(() => {
      const scope = globalThis as unknown as { connections: unknown[]; RTCPeerConnection: new () => object };
      scope.connections = [];
      scope.RTCPeerConnection = class extends scope.RTCPeerConnection {
        constructor() {
          super();
          scope.connections.push(this);
        }
      };
    });
    await page.goto(served.url);
  });
  afterEach(async () => {
    await page.close();
    await conference.close();
    expect(problems).toEqual([]);
  });

  function inbound(): Promise<Inbound | undefined> {
    return page.evaluate(async () => {
      const { connections } = globalThis as unknown as {
        connections: { getStats(): Promise<Map<string, { type: string; kind: string }>> }[];
      };
      for (const report of (await connections.at(-1)?.getStats())?.values() ?? []) {
        if (report.type === 'inbound-rtp' && report.kind === 'audio') return report as unknown as Inbound;
      }
      return undefined;
    });
  }

  async function join(label: string): Promise<TestClient> {
    const client = await (await joinConference(conference)).connect();
    client.participant.annotate({ label, status: 'plays a tone' });
    return client;
  }

  it('hears what is played after one click, without a hole', async () => {
    await using client = await join('440 Hz');
    void client.play(tone);
    await page.getByRole('heading', { name: '440 Hz' }).waitFor();
    await page.getByRole('button', { name: 'Listen' }).click();
    await expect.poll(async () => (await inbound())?.packetsReceived ?? 0, { timeout: 10_000 }).toBeGreaterThan(100);

    // Until its buffer has filled for the first time a browser conceals, and a busy machine starves one now and then:
    // what counts is that it comes to hear five seconds without a hole.
    let before = (await inbound())!;
    let after = before;
    let concealed = 1;
    for (let tries = 0; tries < 3 && concealed >= 0.01; tries++) {
      before = after;
      await page.waitForTimeout(5000);
      after = (await inbound())!;
      const audible = (stats: Inbound): number => stats.concealedSamples - stats.silentConcealedSamples;
      concealed = (audible(after) - audible(before)) / (after.totalSamplesReceived - before.totalSamplesReceived);
    }
    expect(concealed).toBeLessThan(0.01);
    expect(after.packetsReceived - before.packetsReceived).toBeGreaterThan(200);
    expect(after.packetsLost).toBe(0);
    expect(after.totalAudioEnergy).toBeGreaterThan(before.totalAudioEnergy);
    expect(served.listeners).toBe(1);
    expect(await page.locator('#audio').evaluate((audio) => (audio as unknown as { paused: boolean }).paused)).toBe(
      false,
    );
    await expect.poll(() => page.locator('[data-value=browserPackets]').textContent()).toMatch(/^\d{3}/);
    expect(await page.locator('#state').textContent()).toBe('connected');
  });

  it('hears whom it chooses, on the same connection', async () => {
    await using first = await join('first');
    await using second = await join('second');
    void first.play(tone);
    void second.play(tone);
    await page.getByRole('button', { name: 'Listen' }).click();
    await until(() => served.listeners === 1, 'the browser');
    await page.getByRole('button', { name: 'first' }).click();
    await page.getByRole('heading', { name: 'first' }).waitFor();
    await page.getByRole('button', { name: 'second' }).click();
    await page.getByRole('heading', { name: 'second' }).waitFor();
    const before = (await inbound())?.packetsReceived ?? 0;
    await expect.poll(async () => (await inbound())!.packetsReceived, { timeout: 5000 }).toBeGreaterThan(before + 20);
    expect(served.listeners).toBe(1);
  });

  it('is gone from the conference when it stops, and when it leaves', async () => {
    await using client = await join('tone');
    void client.play(tone);
    await page.getByRole('button', { name: 'Listen' }).click();
    await until(() => served.listeners === 1, 'the browser');
    await page.getByRole('button', { name: 'Stop' }).click();
    await until(() => served.listeners === 0, 'the browser to be gone');
    await page.getByRole('button', { name: 'Listen' }).click();
    await until(() => served.listeners === 1, 'the browser again');
    await page.goto('about:blank');
    await until(() => served.listeners === 0, 'the browser to be gone again');
  });
});
