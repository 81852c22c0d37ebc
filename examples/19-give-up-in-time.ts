/**
 * Abort signals: a play that is called off, a server that never answers, and an error that says whether to try again.
 *
 *     npx node examples/19-give-up-in-time.ts
 */
import { NEVER } from 'rxjs';
import { createClient, fromFile, fromSamples, RxcallError } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

const tell = (what: string) => (error: unknown) => {
  if (!(error instanceof RxcallError)) throw error;
  console.log(`${what}: ${error.code}, ${error.retryable ? 'try again' : 'for good'}`);
};

await using conference = await createConference();
await using client = createClient({
  requireFfmpeg: false,
  connectTimeoutMs: 500,
  transport: { addresses: ['127.0.0.1'] },
});

// A server that takes the join, and then is never heard of again.
const lost = await client.createCall('lost');
await lost.connect(await conference.join(lost.joinPayload, { silent: true })).catch(tell('no answer'));

// A source that does not begin, and a user who does not wait.
const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));
const patience = AbortSignal.timeout(300);
await call.play(fromSamples(NEVER, { label: 'never' }), { signal: patience }).catch(tell('aborted'));

await call.play(fromFile('missing.opus')).catch(tell('missing'));
await call.play(fromFile('assets/sample.opus'));
console.log(`and the call ${call.state.playback.status === 'playing' ? 'plays' : 'does not play'}`);
