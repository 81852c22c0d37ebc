/** A call in a process of its own, which sends by whatever address the link of its namespace has. */
import { createClient, type Client } from '../../src/calls/client.ts';
import type { GroupCall } from '../../src/calls/group-call.ts';
import { expectNoLeaks } from '../../src/testing/index.ts';
import { serveCommands } from '../webrtc/network/serve-commands.ts';
import type { CallReport, CallRequest } from './call-messages.ts';
import { SONG } from './stage.ts';

const told: string[] = [];
let client: Client;
let call: GroupCall;
let asked = 0;
let rejoin: ((answer: string) => void) | undefined;
const closed = Promise.withResolvers<undefined>();
let leaks: Promise<void>;

await serveCommands<CallRequest>({
  async open({ iceTimings }) {
    leaks = expectNoLeaks(() => closed.promise);
    client = createClient({
      requireFfmpeg: false,
      transport: { interfaceFilter: (name) => name === 'link0', iceTimings },
      onRejoinNeeded: () => {
        asked++;
        return new Promise((resolve) => (rejoin = resolve));
      },
    });
    call = await client.createCall(1);
    call.state$.subscribe(({ connection: { status } }) => {
      if (status !== told.at(-1)) told.push(status);
    });
    call.playback$.subscribe((event) => event.type === 'ended' && told.push(`ended ${event.reason}`));
    return call.joinPayload;
  },
  async answer(answer) {
    if (rejoin) rejoin(answer);
    else await call.connect(answer);
  },
  play: () => call.play(SONG),
  report: (): CallReport => ({
    told,
    asked,
    playback: call.playback.status,
    positionMs: call.positionMs,
    local: call.getStats().transport.selectedPair?.local,
  }),
  async close() {
    await client.close();
    closed.resolve(undefined);
    await leaks;
  },
});
