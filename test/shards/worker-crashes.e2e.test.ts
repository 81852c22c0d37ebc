import { subscribe as onDiagnostics, unsubscribe as offDiagnostics } from 'node:diagnostics_channel';
import { BroadcastChannel, type Worker } from 'node:worker_threads';
import { NEVER } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CallShards, createCallShards } from '../../src/calls/call-shards.ts';
import { createClient } from '../../src/calls/client.ts';
import type { OwnedGroupCall, OwnedGroupCallOptions } from '../../src/calls/create-group-call.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { processClock } from '../../src/core/process-clock.ts';
import { WorkerError } from '../../src/shards/worker-error.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { createConference, createFakeSource, type LoopbackConference } from '../../src/testing/index.ts';
import type { Signaling } from '../../src/telegram/signaling.ts';
import { createMediaFolder, LOOPBACK_TRANSPORT, type MediaFolder, sleep, tone, until } from '../e2e/stage.ts';
import { expectNoChildren, isRunning } from '../ffmpeg/processes.ts';
import type { Crash } from '../fixtures/workers/crashing-call-worker.ts';

const ENTRY = new URL('../fixtures/workers/crashing-call-worker.ts', import.meta.url);

let media: MediaFolder;
let song: string;
let conference: LoopbackConference;
let ffmpegs: number[];

const addFfmpeg = (facts: unknown): void => void ffmpegs.push((facts as { pid: number }).pid);

beforeAll(() => {
  media = createMediaFolder();
  song = media.make('song.mp3', ...tone(440, 60), '-b:a', '64k');
});
afterAll(() => media[Symbol.dispose]());
beforeEach(async () => {
  conference = await createConference();
  ffmpegs = [];
  onDiagnostics('rxcall:ffmpeg:spawn', addFfmpeg);
});
afterEach(async () => {
  offDiagnostics('rxcall:ffmpeg:spawn', addFfmpeg);
  await conference.close();
  await expectNoChildren();
});

function crash(how: Crash): void {
  const channel = new BroadcastChannel('rxcall-test-crash');
  channel.postMessage(how);
  setTimeout(() => channel.close(), 100);
}

function openShards(workers = 1): CallShards {
  const resourceLimits = { maxOldGenerationSizeMb: 64 };
  return createCallShards({ workers, sharedUdp: false, logger: silentLogger, entry: ENTRY, resourceLimits });
}

function settingsOf(chatId: string, rejoin?: OwnedGroupCallOptions['rejoin']): OwnedGroupCallOptions {
  return { chatId, clock: processClock, logger: silentLogger, transport: LOOPBACK_TRANSPORT, rejoin };
}

async function openCall(shards: CallShards, chatId: string): Promise<OwnedGroupCall> {
  const call = await shards.create(settingsOf(chatId));
  await call.connect(await conference.join(call.joinPayload));
  return call;
}

describe('a worker that crashes', () => {
  const cases: [how: Crash, exitCode: number, said: string][] = [
    ['throw', 1, 'on purpose'],
    ['reject', 1, 'on purpose'],
    ['exit', 7, ''],
    ['memory', 1, 'memory'],
  ];

  it.each(cases)('by %s fails its calls, ends its ffmpegs, and is replaced', async (how, exitCode, said) => {
    const shards = openShards();
    const call = await openCall(shards, '1');
    const told: string[] = [];
    call.playback$.subscribe((event) => told.push(event.type === 'ended' ? `ended: ${event.reason}` : event.type));
    await call.play(fromFile(song));
    expect(ffmpegs.some(isRunning)).toBe(true);
    crash(how);

    await until(() => call.status === 'failed', 30_000);
    const { connection } = call.state;
    const error = connection.status === 'failed' ? connection.error : undefined;
    expect(error).toBeInstanceOf(WorkerError);
    expect(error).toMatchObject({ code: 'ERR_WORKER', exitCode, retryable: true });
    expect(error!.message).toContain(said);
    expect(call.playback).toMatchObject({ status: 'ended', reason: 'disconnected' });
    expect(told.at(-1)).toBe('ended: disconnected');
    await until(() => !ffmpegs.some(isRunning));

    expect(call.pause()).toBe(false);
    expect(call.positionMs).toBeGreaterThanOrEqual(0);
    expect(call.getStats().transport).toBeDefined();
    await expect(call.play(fromFile(song))).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });

    const next = await openCall(shards, '2');
    await next.play(fromFile(song));
    await call.close();
    expect(call.state.connection).toEqual({ status: 'closed', reason: 'user' });
    await next.close();
    await shards.close();
  });

  it('fails what is under way in it, and lets go of sources that stay here', async () => {
    const shards = openShards();
    const call = await openCall(shards, '1');
    const source = createFakeSource();
    await call.play(source);
    expect(source.log.closed).toBe(0);
    const states: string[] = [];
    call.state$.subscribe(({ connection }) => states.push(connection.status));
    const outcome = call.play(NEVER).then(
      () => 'played',
      (error: unknown) => {
        states.push('rejected');
        return error;
      },
    );
    await until(() => call.state.opening !== undefined);
    crash('exit');
    expect(await outcome).toBeInstanceOf(WorkerError);
    expect(states).toContain('failed');
    expect(states.indexOf('failed')).toBeLessThan(states.indexOf('rejected'));
    await until(() => source.log.closed === source.log.opened);
    await call.close();
    await shards.close();
  });

  it('fails a call that is not yet connected', async () => {
    const shards = openShards();
    const call = await shards.create(settingsOf('1'));
    crash('exit');
    await until(() => call.status === 'failed');
    // It has crashed once, and is started again a little later.
    const made = await shards.create(settingsOf('2'));
    expect(made.status).toBe('new');
    await made.close();
    await shards.close();
    await expect(shards.create(settingsOf('3'))).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
  });

  it('is given up when it does not answer', { timeout: 60_000 }, async () => {
    const shards = openShards();
    const call = await openCall(shards, '1');
    await call.play(fromFile(song));
    crash('spin');
    await sleep(300);
    const closing = call.close();
    expect(call.status).toBe('closed');
    await closing;
    await until(() => !ffmpegs.some(isRunning));
    await shards.close();
  });

  it('cannot be started: says why', async () => {
    const entry = new URL('file:///nowhere/call-worker.js');
    const shards = createCallShards({ workers: 1, sharedUdp: false, logger: silentLogger, entry });
    await expect(shards.create(settingsOf('1'))).rejects.toMatchObject({
      code: 'ERR_WORKER',
      message: expect.stringContaining('nowhere'),
    });
    await shards.close();
  });

  it('leaves the calls of the other workers alone; a hook brings its own back in a fresh one', async () => {
    const workers: Worker[] = [];
    const add = (worker: Worker): void => void workers.push(worker);
    process.on('worker', add);
    const shards = openShards(2);
    const asked: string[] = [];
    const hook = async ({ joinPayload, error }: { joinPayload: string; error: Error }): Promise<string> => {
      asked.push(error.name);
      return conference.join(joinPayload);
    };
    const call = await shards.create(settingsOf('1', { hook, policy: { delayMs: () => 10 } }));
    await call.connect(await conference.join(call.joinPayload));
    const other = await openCall(shards, '2');
    await call.play(fromFile(song));
    await other.play(fromFile(song));
    call.mute();
    const statuses = new Set<string>();
    call.state$.subscribe(({ connection }) => statuses.add(connection.status));

    await workers[0]!.terminate();
    await until(() => call.status === 'connected' && asked.length > 0);
    expect(asked[0]).toBe('WorkerError');
    expect(call.muted).toBe(true);
    expect(call.playback).toMatchObject({ status: 'ended', reason: 'disconnected', error: { code: 'ERR_WORKER' } });
    expect(other.state).toMatchObject({ connection: { status: 'connected' }, playback: { status: 'playing' } });
    expect([...statuses]).toEqual(expect.arrayContaining(['connected', 'failed', 'new', 'connecting']));
    await call.play(fromFile(song));
    expect(call.getStats().audio!.packetsSent).toBeGreaterThan(0);
    await Promise.all([call.close(), other.close()]);
    await shards.close();
    process.off('worker', add);
  });
});

describe('a client whose worker is killed', () => {
  it('tells of the calls that have failed, joins them again, and closes', async () => {
    const workers: Worker[] = [];
    const add = (worker: Worker): void => void workers.push(worker);
    process.on('worker', add);
    const signaling: Signaling = {
      join: (_, payload) => conference.join(payload),
      leave: (_, source) => conference.leave(source),
    };
    const client = createClient({ workers: 1, signaling, transport: LOOPBACK_TRANSPORT });
    const told: string[] = [];
    client.on('connectionChange', ({ state }) => void told.push(state));
    client.on('streamEnd', ({ reason, error }) => void told.push(`${reason} ${error?.code ?? ''}`));
    const call = await client.join(4242, { rejoin: { delayMs: () => 10 } });
    await call.play(fromFile(song));
    told.length = 0;
    await workers[0]!.terminate();
    await until(() => told.includes('connected'), 20_000);
    expect(told.slice(0, 2)).toEqual(['failed', 'disconnected ERR_WORKER']);
    await until(() => !ffmpegs.some(isRunning));
    await call.play(fromFile(song));
    await client.close();
    expect(workers.length).toBe(2);
    expect(workers.every(({ threadId }) => threadId === -1)).toBe(true);
    process.off('worker', add);
  });
});
