import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGroupCall, type OwnedGroupCall } from '../../src/calls/create-group-call.ts';
import { createPresentations } from '../../src/calls/presentations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createWheelClock } from '../../src/core/process-clock.ts';
import { RTC_ANSWER } from '../telegram/toy-signaling.ts';
import { FakeTransport } from './fake-transport.ts';

let transports: FakeTransport[];
let call: OwnedGroupCall;

function makeCall(): Promise<OwnedGroupCall> {
  return createGroupCall({
    chatId: 'chat',
    clock: createWheelClock(),
    logger: silentLogger,
    transport: {
      createTransport(options) {
        const transport = new FakeTransport(options);
        transports.push(transport);
        return Promise.resolve(transport);
      },
    },
  });
}

beforeEach(async () => {
  transports = [];
  call = await makeCall();
  const connected = call.connect(RTC_ANSWER);
  transports[0]!.establish();
  await connected;
});
afterEach(() => call.close());

describe('a presentation that is being made', () => {
  it.each(['lost', 'closed'])('comes to nothing when its call is %s meanwhile', async (how) => {
    const made: OwnedGroupCall[] = [];
    const make = async (): Promise<OwnedGroupCall> => {
      const presentation = await makeCall();
      made.push(presentation);
      if (how === 'lost') transports[0]!.lose();
      else await call.close();
      return presentation;
    };
    const presentations = createPresentations({ callOf: () => call, make, onStep: () => undefined });
    await expect(presentations.create('chat')).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    expect(made.map(({ status }) => status)).toEqual(['closed']);
    expect(presentations.get('chat')).toBeUndefined();
  });

  it('can be made again when that has failed', async () => {
    let fails = true;
    const make = (): Promise<OwnedGroupCall> => (fails ? Promise.reject(new Error('no port')) : makeCall());
    const presentations = createPresentations({ callOf: () => call, make, onStep: () => undefined });
    await expect(presentations.create('chat')).rejects.toThrow('no port');
    fails = false;
    await presentations.create('chat');
    await presentations.close();
  });
});
