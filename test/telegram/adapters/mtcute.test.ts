import { describe, expect, it } from 'vitest';
import { mtcute } from '../../../src/telegram/adapters/mtcute.ts';
import { mtcuteRig } from './mtcute-rig.ts';
import { ScriptedTelegram, SUPERGROUP_CHAT } from './scripted-telegram.ts';
import { signalingContract } from './signaling-contract.ts';

signalingContract(
  'mtcute',
  async (server) => {
    const { tg, ...rig } = await mtcuteRig(server);
    return {
      ...rig,
      signaling: mtcute(tg),
      handlers: () => tg.onRawUpdate.length,
      handle: (listener) => tg.onRawUpdate.add(listener),
    };
  },
  0x8fb53057,
);

describe('mtcute', () => {
  it('lets the client see the updates that our requests return', async () => {
    const server = new ScriptedTelegram();
    const { tg, meet, destroy } = await mtcuteRig(server);
    await meet({ ...server.updates(), chats: [SUPERGROUP_CHAT] });
    const heard: string[] = [];
    tg.onRawUpdate.add(({ update }) => heard.push(update._));
    await mtcute(tg).join(-1001234567890, '{"ssrc":1}', {});
    await expect
      .poll(() => heard, { timeout: 15_000 })
      .toEqual(['updateGroupCallParticipants', 'updateGroupCallConnection']);
    await destroy();
  });
});
