import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Logger } from '../../src/core/logger.ts';
import { fromUrl } from '../../src/sources/from-url.ts';
import { collect, expectNoChildren } from '../ffmpeg/processes.ts';
import { hasRecentFfmpeg } from '../ffmpeg/recent-ffmpeg.ts';
import { createMediaFolder, type MediaFolder } from './media-folder.ts';
import { type MediaServer, serveMedia, type Treatment } from './media-server.ts';

describe('a playlist out of the network', () => {
  let media: MediaFolder;
  let server: MediaServer;
  let other: MediaServer;
  let commands: string[];
  let cookies: (string | undefined)[];
  const logger: Logger = {
    ...{ error() {}, warn() {}, info() {} },
    debug: (fields) => commands.push(JSON.stringify(fields)),
  };
  const list = (uri: string): string => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${uri}\n`;

  beforeAll(async () => {
    media = createMediaFolder();
    const tone = ['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac'];
    media.make('private.m3u8', ...tone, '-f', 'hls', '-hls_time', '1', '-hls_list_size', '0');
    const noted: Treatment = (request, response) => {
      cookies.push(request.headers.cookie);
      response.end('#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nnothing.ts\n#EXT-X-ENDLIST\n');
    };
    const given: Treatment = (request, response) => {
      cookies.push(request.headers.cookie);
      response.end(list(new URL(request.url!, 'http://host').searchParams.get('uri')!));
    };
    server = await serveMedia({}, { given });
    other = await serveMedia({}, { noted });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    media[Symbol.dispose]();
  });
  afterEach(() => expectNoChildren());

  async function play(uri: string): Promise<{ values: unknown[]; error?: unknown }> {
    commands = [];
    cookies = [];
    const url = `${server.url('given/list.m3u8')}?uri=${encodeURIComponent(uri)}`;
    return collect(fromUrl(url, { cookies: { session: '1' }, logger }));
  }

  // An older ffmpeg takes the second for a playlist beside the first, which leads to another one, and never ends.
  const protocols = hasRecentFfmpeg('a playlist that names concat:') ? ['file:', 'concat:'] : ['file:'];

  it.each(protocols)('does not lead to a file of this machine by %s', async (protocol) => {
    const path = media.path('private.m3u8');
    const { values, error } = await play(protocol === 'file:' ? pathToFileURL(path).href : `concat:${path}`);
    expect(values).toEqual([]);
    expect(error).toBeDefined();
    const started = commands.filter((command) => command.includes('"argv"'));
    expect(started).not.toEqual([]);
    expect(started.filter((command) => command.includes(path))).toEqual([]);
  });

  it('does not take cookies to another host', async () => {
    const { error } = await play(other.url('noted/variant.m3u8'));
    expect(error).toBeDefined();
    const [first, ...rest] = cookies;
    expect(first).toBe('session=1');
    expect(rest.length).toBeGreaterThan(0);
    expect(new Set(rest)).toEqual(new Set([undefined]));
  });
});
