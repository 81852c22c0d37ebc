import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until `condition` holds, for at most `withinMs`. */
export async function until(condition: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${condition.toString()}`);
    await sleep(5);
  }
}

/** A temporary folder of media files, made by the real ffmpeg. */
export interface MediaFolder extends Disposable {
  path(name: string): string;
  /** Runs ffmpeg with `args`, writing `name`; returns its path. */
  make(name: string, ...args: string[]): string;
}

export function createMediaFolder(): MediaFolder {
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-media-'));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    make(name, ...args) {
      const command = [process.env['FFMPEG_PATH'] ?? 'ffmpeg', '-v', 'error', '-y', ...args, path(name)] as const;
      const { status, stderr, error } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
      if (status !== 0) throw error ?? new Error(`${command.join(' ')} failed: ${stderr}`);
      return path(name);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** ffmpeg's input arguments for a sine tone. */
export function tone(hz: number, seconds: number): string[] {
  return ['-f', 'lavfi', '-i', `sine=frequency=${hz}:sample_rate=48000:duration=${seconds}`];
}
