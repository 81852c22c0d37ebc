import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import { createConference } from '../../src/testing/index.ts';
import { LOOPBACK_TRANSPORT } from './stage.ts';

describe('the options of a client', () => {
  it('are its own: two clients in one process do not change each other', async () => {
    const lines: Record<'first' | 'second', string[]> = { first: [], second: [] };
    const log = (to: string[]) => (message: unknown) => void to.push(String(message));
    const logger = (to: string[]) => ({ debug: log(to), info: log(to), warn: log(to), error: log(to) });
    await using first = createClient({ ffmpegPath: '/nowhere/ffmpeg', logger: logger(lines.first) });
    await using second = createClient({
      requireFfmpeg: false,
      logger: logger(lines.second),
      transport: LOOPBACK_TRANSPORT,
    });
    await expect(first.createCall(1)).rejects.toMatchObject({ code: 'ERR_FFMPEG_NOT_FOUND' });
    const spoken = lines.first.length;
    await using conference = await createConference();
    const call = await second.createCall(1);
    await call.connect(await conference.join(call.joinPayload));
    expect(lines.second.length).toBeGreaterThan(0);
    expect(lines.first).toHaveLength(spoken);
  });
});

describe('an answer', () => {
  it('that echoes our own DTLS role connects all the same', async () => {
    await using conference = await createConference();
    await using client = createClient({ requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
    const call = await client.createCall(1);
    const answer = await conference.join(call.joinPayload);
    expect(answer).toContain('"setup":"active"');
    await call.connect(answer.replaceAll('"setup":"active"', '"setup":"passive"'));
    expect(call.state.connection.status).toBe('connected');
  });
});
