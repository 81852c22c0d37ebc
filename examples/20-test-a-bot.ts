/**
 * Tests of a bot with node:test: a conference that loses packets, and nothing left behind. Any other framework does, too.
 *
 *     npx node --test examples/20-test-a-bot.ts
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, fromFile, type GroupCall } from '../src/index.ts';
import { createConference, expectNoLeaks, seededRandom } from '../src/testing/index.ts';

/** The bot: what it does when somebody says something. */
async function onCommand(call: GroupCall, text: string): Promise<string> {
  if (text === '/play') {
    await call.play(fromFile('assets/sample.opus'));
    return 'Playing.';
  }
  if (text === '/pause') return call.pause() ? 'Paused.' : 'Nothing to pause.';
  return 'I know /play and /pause.';
}

await test('plays, pauses, and is heard on a bad line', async () => {
  await expectNoLeaks(async () => {
    const impair = { lossRate: 0.1, traffic: 'media', random: seededRandom(1) } as const;
    await using conference = await createConference({ impair });
    await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
    const call = await client.createCall('test');
    await call.connect(await conference.join(call.joinPayload));

    assert.equal(await onCommand(call, '/play'), 'Playing.');
    await sleep(1000);
    assert.equal(await onCommand(call, '/pause'), 'Paused.');
    assert.equal(await onCommand(call, '/pause'), 'Nothing to pause.');

    const { packets, lossPct } = conference.participants[0]!.measure();
    assert.ok(packets > 20, `${packets} packets`);
    assert.ok(lossPct > 0 && lossPct < 40, `${lossPct} % lost`);
  });
});
