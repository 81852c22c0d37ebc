import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/errors.ts';
import { gramjs } from '../../../src/telegram/adapters/gramjs.ts';
import { gramjsRig } from './gramjs-rig.ts';
import { ScriptedTelegram } from './scripted-telegram.ts';
import { signalingContract } from './signaling-contract.ts';

signalingContract(
  'GramJS',
  async (server) => {
    const { tg, ...rig } = gramjsRig(server);
    return {
      ...rig,
      signaling: gramjs(tg, Api),
      handlers: () => tg.listEventHandlers().length,
      handle: (listener) => tg.addEventHandler(listener),
    };
  },
  0xd61e1df3,
);

describe('gramjs', () => {
  it('says what to do about a chat that GramJS has not met yet', async () => {
    const { tg } = gramjsRig(new ScriptedTelegram());
    const joined = gramjs(tg, Api).join(-1009999999999, '{}', {});
    await expect(joined).rejects.toThrow(/getDialogs/);
    await expect(joined).rejects.toMatchObject({ code: 'ERR_SIGNALING', retryable: false });
  });

  it('says so when it is not given the Api', async () => {
    const { tg } = gramjsRig(new ScriptedTelegram());
    await expect(gramjs(tg, {} as typeof Api).join(-42, '{}', {})).rejects.toThrow(OptionError);
  });
});
