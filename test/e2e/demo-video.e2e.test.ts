import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requires } from '../requires.ts';
import { createMediaFolder, type MediaFolder } from './stage.ts';
import { launchChromium, openViewer } from './video-viewer.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** `RXCALL_SCREENSHOTS=1` writes the picture of the guides anew. */
const SCREENSHOT = process.env['RXCALL_SCREENSHOTS'] ? path('docs/images/demo.png') : undefined;
const COLORS = 'c0=0x1b2a6b:c1=0x2f6fed:c2=0xd9822b:c3=0xf3d9a4:nb_colors=4';
const SPIRAL = `gradients=size=960x540:rate=25:${COLORS}:speed=0.03:seed=4:type=spiral`;

describe.runIf(requires('chromium'))('rxcall demo --video', () => {
  let media: MediaFolder;
  let browser: Browser;
  beforeAll(async () => {
    media = createMediaFolder();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    media[Symbol.dispose]();
  });

  it('shows moving pictures with sound on its page', async () => {
    const movie = media.make(
      'movie.mp4',
      ...['-f', 'lavfi', '-i', SCREENSHOT ? SPIRAL : 'testsrc2=size=320x180:rate=25', '-i', path('assets/sample.opus')],
      ...['-t', '60', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    );
    await using demo = await startDemo(movie, '--video');
    await using viewer = await openViewer(browser, demo.url);
    await viewer.watch();
    const { page } = viewer;
    await expect
      .poll(() => page.locator('#format').textContent(), { timeout: 20_000 })
      .toMatch(/^\d+ × \d+ · \d\d fps$/);
    const picture = page.locator('#screen');
    expect(await picture.isVisible()).toBe(true);
    const first = await picture.screenshot();
    await expect.poll(async () => first.equals(await picture.screenshot()), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => page.locator('#decibels').textContent(), { timeout: 10_000 }).toMatch(/dB$/);
    expect((await viewer.inbound('audio'))['totalAudioEnergy']).toBeGreaterThan(0);
    expect(await page.locator('[data-value=codec]').textContent()).toBe('VP8');
    if (SCREENSHOT) {
      await page.waitForTimeout(15_000); // for something to see in the plots
      mkdirSync(path('docs/images'), { recursive: true });
      writeFileSync(SCREENSHOT, await page.screenshot());
    }
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(await picture.isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Watch' }).isVisible()).toBe(true);
    expect(viewer.problems).toEqual([]);
  });

  it('shows no screen where there is only sound', async () => {
    await using demo = await startDemo(path('assets/sample.opus'));
    await using viewer = await openViewer(browser, demo.url);
    await viewer.watch();
    await expect.poll(() => viewer.page.locator('#decibels').textContent(), { timeout: 20_000 }).toMatch(/dB$/);
    expect(await viewer.page.locator('#screen').isVisible()).toBe(false);
    expect(await viewer.page.getByRole('heading', { name: 'Picture' }).count()).toBe(0);
    expect(viewer.problems).toEqual([]);
  });
});

/** Starts the demo as a program of its own; ends it and waits for its end when disposed of. */
async function startDemo(...args: string[]): Promise<AsyncDisposable & { readonly url: string }> {
  const flags = process.features.typescript ? [] : ['--experimental-strip-types', '--no-warnings'];
  const child = spawn(process.execPath, [...flags, path('src/cli/bin.ts'), 'demo', ...args], { stdio: 'pipe' });
  const exited = once(child, 'exit');
  return {
    url: await addressOf(child),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Reads what the demo says until it tells its address. */
function addressOf(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (chunk) => {
      text += String(chunk);
      const [url] = /http:\S+\//.exec(text) ?? [];
      if (url) resolve(url);
    });
    child.once('exit', () => reject(new Error(`The demo ended: ${text}`)));
  });
}
