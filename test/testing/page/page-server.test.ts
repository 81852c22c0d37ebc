import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransportError } from '../../../src/core/errors.ts';
import { createConference, type LoopbackConference } from '../../../src/testing/conference/conference.ts';
import type { ConferencePage } from '../../../src/testing/page/page-server.ts';
import { CHROMIUM_OFFER } from './chromium-offer.ts';

let conference: LoopbackConference;
let page: ConferencePage;
beforeEach(async () => {
  conference = await createConference();
  page = await conference.servePage();
});
afterEach(() => conference.close());

const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, page.url), { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

/** fetch() does not let the Host header be set. */
function statusForHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(page.url);
    request({ host: '127.0.0.1', port, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('the page of a conference', () => {
  it('is complete: every file it names is served, and it names nothing elsewhere', async () => {
    const html = await (await fetch(page.url)).text();
    const paths = [...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map((match) => match[1]!);
    expect(paths).toContain('/page.js');
    for (let path = paths.pop(); path; path = paths.pop()) {
      const response = await fetch(new URL(path, page.url));
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/(css|javascript); charset=utf-8$/);
      const text = await response.text();
      expect(text).not.toMatch(/https?:\/\//);
      paths.push(...[...text.matchAll(/from '(\/[^']*)'/g)].map((match) => match[1]!));
    }
    expect(html).not.toMatch(/https?:\/\//);
  });

  it('lets scripts of its own run, and no others', async () => {
    const policy = (await fetch(page.url)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
  });

  it('tells what happens, the history first', async () => {
    const abort = new AbortController();
    const response = await fetch(new URL('/events', page.url), { signal: abort.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.split('event: tick').length > 3) break;
    }
    abort.abort();
    expect(text).toMatch(/^event: history\ndata: \{"tickMs":250,"participants":\[\]\}\n\n/);
    expect(text).toContain('event: tick\ndata: {"participants":[],"watchers":1}\n\n');
  });

  it('refuses what it does not know', async () => {
    expect((await fetch(new URL('/nothing', page.url))).status).toBe(404);
    expect((await fetch(new URL('/listen/7', page.url), { method: 'PUT' })).status).toBe(404);
    expect((await fetch(new URL('/listen/7', page.url))).status).toBe(405);
    expect((await post('/listen', 'not json')).status).toBe(400);
    expect((await post('/listen', '{"sdp":"x"}')).status).toBe(400);
    expect((await post('/listen', `{"sdp":"${'x'.repeat(300_000)}"}`)).status).toBe(413);
    const noAudio = CHROMIUM_OFFER.replace('m=audio', 'm=text');
    const response = await post('/listen', JSON.stringify({ sdp: noAudio }));
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/Opus/);
  });

  it('refuses pages of other sites, even when their name points here', async () => {
    const { port } = new URL(page.url);
    expect(await statusForHost(`localhost:${port}`)).toBe(200);
    expect(await statusForHost(`evil.example:${port}`)).toBe(403);
    expect((await post('/listen', '{}', { origin: 'http://evil.example' })).status).toBe(403);
  });

  it('is an error on a port that is taken', async () => {
    const port = Number(new URL(page.url).port);
    const failure = await conference.servePage({ port }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransportError);
    expect((failure as TransportError).code).toBe('ERR_BIND');
  });

  it('goes away with the conference, open event streams included', async () => {
    const response = await fetch(new URL('/events', page.url));
    await conference.close();
    await expect(response.text()).resolves.toMatch(/^event: history/);
    await expect(fetch(page.url)).rejects.toThrow();
    await conference.close();
  });
});
