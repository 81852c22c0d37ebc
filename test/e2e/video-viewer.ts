import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findPart } from '../requires.ts';
import { CHROMIUM_ARGS } from '../testing/page/chromium-args.ts';

/** A statistic of WebRTC, as the browser tells it. */
export type Inbound = Readonly<Record<string, number>>;

/** What the browser has shown and played. Times in milliseconds since 1970, of this machine's clock. */
export interface Seen {
  /** When frames were meant to be on the screen. */
  readonly framesMs: readonly number[];
  /** When the picture became bright. */
  readonly flashesMs: readonly number[];
  /** When the sound became loud, coming out of the browser's buffer and its output device. */
  readonly beepsMs: readonly number[];
}

/** A browser on the page of a conference. */
export interface Viewer extends AsyncDisposable {
  readonly page: Page;
  /** What went wrong in the page. */
  readonly problems: readonly string[];
  /** Loads the page, again, and presses the button; resolves with the time it was pressed. */
  watch(): Promise<number>;
  inbound(kind: 'audio' | 'video'): Promise<Inbound>;
  /** Of the picture, as in `vp8`; undefined as long as there is none. */
  codec(): Promise<string | undefined>;
  /** Since the last {@link watch}. */
  seen(): Promise<Seen>;
}

/**
 * Runs in the page. Frames are looked at as they are presented, sound as it comes out of the track: neither depends on when
 * this script gets to run.
 */
const PROBE = `
globalThis.connections = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) {
    super(...args);
    connections.push(this);
  }
};
globalThis.seen = { framesMs: [], flashesMs: [], beepsMs: [] };
const QUIET_SAMPLES = 9600, LOUD = 0.12, BRIGHT = 128, SIDE = 8;

async function hear(track) {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  let quiet = 0;
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    const samples = new Float32Array(value.numberOfFrames);
    value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    samples.forEach((sample, index) => {
      if (Math.abs(sample) < LOUD) return quiet++;
      const atMs = value.timestamp / 1000 + (index / value.sampleRate) * 1000;
      if (quiet > QUIET_SAMPLES) seen.beepsMs.push(performance.timeOrigin + atMs);
      quiet = 0;
    });
    value.close();
  }
}

function look(video) {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true });
  let dark = false;
  const next = (_, { expectedDisplayTime }) => {
    video.requestVideoFrameCallback(next);
    const shownMs = performance.timeOrigin + expectedDisplayTime;
    seen.framesMs.push(shownMs);
    context.drawImage(video, 0, 0, SIDE, SIDE);
    const pixels = context.getImageData(0, 0, SIDE, SIDE).data;
    const brightness = pixels.reduce((sum, value, index) => (index % 4 === 0 ? sum + value : sum), 0) / SIDE ** 2;
    if (dark && brightness > BRIGHT) seen.flashesMs.push(shownMs);
    dark = brightness <= BRIGHT;
  };
  video.requestVideoFrameCallback(next);
}

addEventListener('DOMContentLoaded', () => {
  const { audio, video } = Object.fromEntries(['audio', 'video'].map((id) => [id, document.getElementById(id)]));
  look(video);
  audio.addEventListener('play', () => hear(audio.srcObject.getAudioTracks()[0].clone()));
  document.getElementById('listen').addEventListener('click', () => (seen.pressedMs = performance.timeOrigin + performance.now()), true);
});
`;

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findPart('chromium')!, args: [...CHROMIUM_ARGS] });
}

export async function openViewer(browser: Browser, url: string): Promise<Viewer> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 1060 } });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.addInitScript({ content: PROBE });
  return {
    page,
    problems,
    async watch() {
      await page.goto(url);
      await page.locator('#listen:enabled').click();
      return page.evaluate<number>('seen.pressedMs');
    },
    inbound: (kind) =>
      page.evaluate<Inbound>(`
        connections.at(-1).getStats().then((stats) =>
          [...stats.values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === '${kind}') ?? {})`),
    codec: () =>
      page.evaluate<string | undefined>(`
        connections.at(-1).getStats().then((stats) => {
          const video = [...stats.values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
          return stats.get(video?.codecId)?.mimeType.replace('video/', '').toLowerCase();
        })`),
    seen: () =>
      page.evaluate<Seen>(`
        connections.at(-1).getStats().then((stats) => {
          const device = [...stats.values()].find(({ type }) => type === 'media-playout');
          const delayMs = (1000 * device?.totalPlayoutDelay) / device?.totalSamplesCount || 0;
          return { ...seen, beepsMs: seen.beepsMs.map((ms) => ms + delayMs), delayMs };
        })`),
    [Symbol.asyncDispose]: () => page.close(),
  };
}

/**
 * Waits until beeps come within 40 ms of `expectedMs` after flashes. On a machine that keeps up they do so from the first
 * one on; where sound came too late for a while, a browser keeps it for longer, and takes a while to do so with the picture.
 */
export async function expectLipsToMatch(viewer: Viewer, when: string, expectedMs = 0): Promise<readonly number[]> {
  const attempts: number[][] = [];
  const error = (): number => Math.abs(median(attempts.at(-1)!) - expectedMs);
  do attempts.push(await lipOffsets(viewer, 4));
  while (attempts.length < 10 && error() > 40);
  expect(error(), `${when}: ${attempts.join(' | ')}`).toBeLessThanOrEqual(40);
  return attempts.at(-1)!;
}

/** How many milliseconds the sound of the next `count` flashes comes after them. */
async function lipOffsets(viewer: Viewer, count: number): Promise<number[]> {
  const nowMs = Date.now();
  const next = async (): Promise<number[]> => (await viewer.seen()).flashesMs.filter((flash) => flash > nowMs);
  await expect.poll(async () => (await next()).length, { timeout: 30_000 }).toBeGreaterThan(count);
  const { beepsMs } = await viewer.seen();
  return (await next()).slice(0, count).map((flash) => {
    const nearest = beepsMs.toSorted((a, b) => Math.abs(a - flash) - Math.abs(b - flash))[0]!;
    return Math.round(nearest - flash);
  });
}

/** The middle one of a number of values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
