import { type Client, type ClientOptions, createClient } from '../../src/calls/client.ts';
import type { GroupCall } from '../../src/calls/group-call.ts';
import { MediaSource } from '../../src/core/media-source.ts';
import type { TransportOptions } from '../../src/webrtc/transport-options.ts';
import {
  type ConferenceBehavior,
  createConference,
  createFakeSource,
  type LoopbackConference,
  type LoopbackParticipant,
} from '../../src/testing/index.ts';

export { sleep, until } from '../ffmpeg/processes.ts';
export { createMediaFolder, type MediaFolder } from '../sources/media-folder.ts';

/** A call that is connected to a conference of its own, on loopback. */
export interface Stage extends AsyncDisposable {
  readonly client: Client;
  readonly conference: LoopbackConference;
  readonly call: GroupCall;
  /** The call, seen from the conference. */
  readonly participant: LoopbackParticipant;
}

export interface StageOptions {
  behavior?: ConferenceBehavior;
  client?: ClientOptions;
}

export const LOOPBACK_TRANSPORT: TransportOptions = { addresses: ['127.0.0.1'], iceTimings: { preCheckDelayMs: 0 } };

/** Sound without end, and seekable. */
export const SONG: MediaSource = new MediaSource({
  label: 'song',
  seekable: true,
  open: ({ startMs, reason }) => createFakeSource({ startMs, reason }),
});

let chats = 0;

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const conference = await createConference(options.behavior);
  const client = createClient({ transport: LOOPBACK_TRANSPORT, ...options.client });
  const call = await client.createCall(++chats);
  await call.connect(await conference.join(call.joinPayload));
  return {
    client,
    conference,
    call,
    participant: conference.participants[0]!,
    async [Symbol.asyncDispose]() {
      await client.close();
      await conference.close();
    },
  };
}

/** ffmpeg's input arguments for a sine tone. */
export function tone(hz: number, seconds: number): string[] {
  return ['-f', 'lavfi', '-i', `sine=frequency=${hz}:sample_rate=48000:duration=${seconds}`];
}
