import { mtcute } from '../../../src/telegram/adapters/mtcute.ts';
import { mtcuteRig } from './mtcute-rig.ts';
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
