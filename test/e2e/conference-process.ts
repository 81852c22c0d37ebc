/** A conference in a process of its own. */
import { createConference, type LoopbackConference } from '../../src/testing/index.ts';
import { serveCommands } from '../webrtc/network/serve-commands.ts';
import type { ConferenceRequest } from './call-messages.ts';

let conference: LoopbackConference;

await serveCommands<ConferenceRequest>({
  async open(address) {
    conference = await createConference({ addresses: [address] });
  },
  join: (payload) => conference.join(payload),
  leave: () => conference.participants.at(-1)!.leave(),
  measure() {
    const { packets, lossPct } = conference.participants.at(-1)!.measure();
    return { packets, lossPct, joined: conference.participants.length };
  },
});
await conference!.close();
