import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/calls/client.ts';
import { gramjs } from '../../../src/telegram/adapters/gramjs.ts';
import { mtcute } from '../../../src/telegram/adapters/mtcute.ts';
import type { Signaling } from '../../../src/telegram/signaling.ts';
import { createConference, createFakeSource } from '../../../src/testing/index.ts';
import { gramjsRig } from './gramjs-rig.ts';
import { mtcuteRig } from './mtcute-rig.ts';
import { ScriptedTelegram, SUPERGROUP_CHAT, type Tl } from './scripted-telegram.ts';

interface Library {
  signaling: Signaling;
  meet(updates: Tl): Promise<void>;
  push(updates: Tl): void;
  destroy(): Promise<void>;
}

const libraries: [string, (server: ScriptedTelegram) => Promise<Library>][] = [
  [
    'mtcute',
    async (server) => {
      const { tg, ...rig } = await mtcuteRig(server);
      return { ...rig, signaling: mtcute(tg) };
    },
  ],
  [
    'GramJS',
    async (server) => {
      const { tg, ...rig } = gramjsRig(server);
      return { ...rig, signaling: gramjs(tg, Api) };
    },
  ],
];

/** Everything is real but Telegram's two servers: the scripted one answers requests, the loopback conference takes the media. */
describe.each(libraries)('client.join by %s, into a conference', (_name, open) => {
  it('plays, obeys an admin, comes back with other SSRCs when it is dropped, and leaves', async () => {
    await using conference = await createConference();
    const server = new ScriptedTelegram();
    server.conference = conference;
    const library = await open(server);
    await library.meet({ ...server.updates(), chats: [SUPERGROUP_CHAT] });
    const transport = { addresses: ['127.0.0.1'], iceTimings: { preCheckDelayMs: 0 } };
    await using client = createClient({ signaling: library.signaling, requireFfmpeg: false, transport });

    const call = await client.join('@super_group');
    const first = call.ssrcs.audio;
    expect(server.self).toMatchObject({ source: first, muted: false });
    await call.play(createFakeSource());
    await eventually(() => conference.participant(first)!.measure().packets).toBeGreaterThan(20);

    library.push(server.updates(server.participants({ muted: true, canSelfUnmute: false })));
    await eventually(() => call.held).toBe(true);
    library.push(server.updates(server.participants({ muted: false, canSelfUnmute: true })));
    await eventually(() => call.held).toBe(false);

    library.push(server.updates(server.participants({ left: true })));
    await eventually(() => server.self?.source).not.toBe(first);
    await eventually(() => conference.participant(call.ssrcs.audio)?.measure().packets ?? 0).toBeGreaterThan(20);

    const presentation = await client.present('@super_group');
    await presentation.play(createFakeSource({ kind: 'video', durationMs: 40 }));
    const shown = conference.participant(presentation.ssrcs.audio)!;
    expect(shown.presenter).toBe(call.ssrcs.audio);
    await eventually(() => shown.measure('video').packets).toBeGreaterThan(20);
    await presentation.close();
    await eventually(() => server.methods.at(-1)).toBe('phone.leaveGroupCallPresentation');

    await call.close();
    await eventually(() => server.self).toBeUndefined();
    expect(server.last('phone.leaveGroupCall')).toMatchObject({ source: call.ssrcs.audio });
    await library.destroy();
  });
});

function eventually<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 20_000 });
}
