/**
 * Any library that speaks MTProto will do: `join` and `leave` are all a client needs. Here, a conference on this machine is
 * all of Telegram, and a lost connection is joined again.
 *
 *     npx node examples/22-bring-a-telegram-library.ts [FILE]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, fromFile, type Signaling } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

await using conference = await createConference();

const signaling: Signaling = {
  // phone.joinGroupCall; what it returns may be handed over whole
  join(chatId, payload, { muted = false }) {
    console.log(`join ${chatId}${muted ? ', muted' : ''}: ${payload.slice(0, 30)}…`);
    return conference.join(payload);
  },
  // phone.leaveGroupCall
  leave(chatId) {
    console.log(`leave ${chatId}`);
    return Promise.resolve();
  },
};

{
  await using client = createClient({
    signaling,
    requireFfmpeg: false,
    transport: { addresses: ['127.0.0.1'] },
  });
  client.on('connectionChange', ({ state }) => console.log(state));
  const call = await client.join('@my_group');
  await call.play(fromFile(process.argv[2] ?? 'assets/sample.opus'));
  await sleep(500);
}
console.log('all is closed');
