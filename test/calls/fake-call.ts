import { createGroupCall, type OwnedGroupCall, type OwnedGroupCallOptions } from '../../src/calls/create-group-call.ts';
import type { GroupCall } from '../../src/calls/group-call.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createWheelClock } from '../../src/core/process-clock.ts';
import { RTC_ANSWER } from '../telegram/toy-signaling.ts';
import { FakeTransport } from './fake-transport.ts';

/** A call without a network: the test plays its transport. */
export interface FakeCall {
  readonly call: OwnedGroupCall;
  readonly transport: FakeTransport;
}

export async function openFakeCall(options: Partial<OwnedGroupCallOptions> = {}): Promise<FakeCall> {
  const made = Promise.withResolvers<FakeTransport>();
  const call = await createGroupCall({
    chatId: 'chat',
    clock: createWheelClock(),
    logger: silentLogger,
    transport: {
      createTransport(transportOptions) {
        const transport = new FakeTransport(transportOptions);
        made.resolve(transport);
        return Promise.resolve(transport);
      },
    },
    ...options,
  });
  return { call, transport: await made.promise };
}

/** Connects a call, be it that of the transport or one that stands for it. */
export async function connectFake({ transport, call }: { transport: FakeTransport; call: GroupCall }): Promise<void> {
  const connected = call.connect(RTC_ANSWER);
  transport.establish();
  await connected;
}
