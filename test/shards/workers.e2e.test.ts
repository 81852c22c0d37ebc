import { spawn } from 'node:child_process';
import { subscribe as onDiagnostics, unsubscribe as offDiagnostics } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { filter, map, NEVER, type Observable, take, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import type { ClientEvent } from '../../src/calls/client-events.ts';
import { AbortedError, OptionError, PayloadError, SourceError } from '../../src/core/errors.ts';
import { type Logger, silentLogger } from '../../src/core/logger.ts';
import type { Sample } from '../../src/core/sample.ts';
import { loop } from '../../src/operators/loop.ts';
import { playlist } from '../../src/operators/playlist.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { createConference, createFakeSource } from '../../src/testing/index.ts';
import {
  createMediaFolder,
  LOOPBACK_TRANSPORT,
  type MediaFolder,
  openStage,
  sleep,
  tone,
  until,
} from '../e2e/stage.ts';
import { expectNoChildren, isRunning } from '../ffmpeg/processes.ts';

let media: MediaFolder;
let song: string;
let short: string;

beforeAll(() => {
  media = createMediaFolder();
  song = media.make('song.mp3', ...tone(440, 60), '-b:a', '64k');
  short = media.make('short.ogg', ...tone(880, 1), '-c:a', 'libopus');
});
afterAll(() => media[Symbol.dispose]());

/** The workers that are started from now on. */
function watchWorkers(): Set<Worker> {
  const workers = new Set<Worker>();
  const add = (worker: Worker): void => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  };
  process.on('worker', add);
  onTestFinished(() => void process.off('worker', add));
  return workers;
}

/** The pids of the ffmpegs that are started from now on, wherever. */
function watchFfmpegs(): number[] {
  const pids: number[] = [];
  const add = (facts: unknown): void => void pids.push((facts as { pid: number }).pid);
  onDiagnostics('rxcall:ffmpeg:spawn', add);
  onTestFinished(() => void offDiagnostics('rxcall:ffmpeg:spawn', add));
  return pids;
}

describe('calls in worker threads', () => {
  it('play a file by its name, with an ffmpeg of the thread, and leave nothing behind', async () => {
    const workers = watchWorkers();
    const ffmpegs = watchFfmpegs();
    {
      await using stage = await openStage({ client: { workers: 2 } });
      const { call, participant } = stage;
      expect(workers.size).toBe(1);
      await call.play(fromFile(song));
      await until(() => participant.measure().packets > 60);
      expect(ffmpegs).toHaveLength(1);
      expect(participant.measure()).toMatchObject({ lost: 0, holes: [] });
      expect((await participant.decode()).frequencyHz).toBeCloseTo(440, -1);
      expect(call.positionMs).toBeGreaterThan(1000);
      expect(call.getStats().audio!.packetsSent).toBeGreaterThan(60);
    }
    expect(workers.size).toBe(0);
    expect(isRunning(ffmpegs[0]!)).toBe(false);
    await expectNoChildren();
  });

  it('tell the same, in the same order, as calls of this thread', async () => {
    const tell = async (workers: number): Promise<unknown[]> => {
      await using conference = await createConference();
      await using client = createClient({ workers, transport: LOOPBACK_TRANSPORT });
      const told: unknown[] = [];
      client.events$.subscribe((event) => told.push(summaryOf(event)));
      const call = await client.createCall(1);
      call.state$.subscribe(({ connection, playback, opening, paused, muted }) =>
        told.push([connection.status, playback.status, opening?.id, paused, muted].join()),
      );
      call.playback$.subscribe(({ type, playback }) => told.push(`${type} ${playback.id}`));
      await call.connect(await conference.join(call.joinPayload));
      await call.play(fromFile(song));
      told.push(call.pause(), call.paused, call.pause(), call.status);
      told.push(call.resume(), call.mute(), call.muted, call.unmute());
      await call.seekTo(30_000);
      told.push(Math.round(call.positionMs / 1000));
      await call.play(fromFile(short));
      await until(() => call.playback.status === 'ended');
      call.stop();
      await expect(call.play(fromFile('missing.mp3'))).rejects.toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
      await call.play(fromFile(song));
      call.stop();
      told.push(call.playback.status);
      await call.close();
      told.push(call.status, call.pause(), call.paused);
      await sleep(20); // events are told outside of the calls that cause them
      return told.map(String);
    };
    const summaryOf = (event: ClientEvent): string =>
      [event.type, 'state' in event ? event.state : '', 'reason' in event ? event.reason : ''].join(' ');

    expect(eventsAndRest(await tell(1))).toEqual(eventsAndRest(await tell(0)));
  });

  /** Events come in turns of their own, between which the rest may fall. */
  function eventsAndRest(told: unknown[]): { events: unknown[]; rest: unknown[] } {
    const isEvent = (it: unknown): boolean =>
      /^(connectionChange|started|legEnd|streamEnd|mediaState) /.test(String(it));
    return { events: told.filter(isEvent), rest: told.filter((it) => !isEvent(it)) };
  }

  it('play lists, loops and commands that are made there', async () => {
    const ffmpegs = watchFfmpegs();
    await using stage = await openStage({ client: { workers: 1 } });
    const { call, participant } = stage;
    await call.play(playlist([fromFile(short), fromFile(short).pipe(loop(2))]));
    await until(() => call.playback.status === 'ended');
    expect(participant.measure().packets).toBeGreaterThan(145);
    await call.play(fromShell(['ffmpeg', '-ss', '5', '-i', song]));
    await until(() => call.positionMs > 5300);
    expect(ffmpegs.length).toBeGreaterThan(0);
  });

  it('keep one state, one playback and one error for what is one', async () => {
    await using stage = await openStage({ client: { workers: 1 } });
    const { call, client } = stage;
    const started = new Promise((resolve) => client.on('started', ({ playback }) => resolve(playback)));
    await call.play(fromFile(song));
    const { playback } = call;
    expect(await started).toBe(playback.status === 'playing' ? playback.playback : undefined);
    expect(call.state).toBe(call.state);
  });

  it('stream positions and stats until they are closed', async () => {
    await using stage = await openStage({ client: { workers: 1 } });
    const { call } = stage;
    const completed: string[] = [];
    call.stats$.subscribe({ complete: () => completed.push('stats') });
    await call.play(fromFile(song));
    const positions = await firstOf(
      call.position$.pipe(
        filter((ms) => ms > 0),
        take(3),
        toArray(),
      ),
    );
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(await firstOf(call.stats$.pipe(map(({ audio }) => audio?.ssrc)))).toBe(call.ssrcs.audio);
    await call.close();
    await until(() => completed.length === 1);
    expect(call.getStats().audio!.ssrc).toBe(call.ssrcs.audio);
  });

  it('read their log lines to the logger of the client', async () => {
    const lines: [string, unknown][] = [];
    const write = (data: object, message?: string): void => void lines.push([message ?? '', data]);
    const logger: Logger = { debug: write, info: write, warn: write, error: write };
    await using stage = await openStage({ client: { workers: 1, logger } });
    await stage.call.play(fromFile(song));
    const started = lines.find(([message]) => message === 'ffmpeg started');
    expect(started?.[1]).toMatchObject({ pid: expect.any(Number), argv: expect.arrayContaining([`file:${song}`]) });
  });

  it('go to the thread with the fewest', async () => {
    const workers = watchWorkers();
    await using client = createClient({ workers: 2, requireFfmpeg: false, transport: LOOPBACK_TRANSPORT });
    const calls = await Promise.all([1, 2, 3].map((chat) => client.createCall(chat)));
    expect(workers.size).toBe(2);
    const [busy, idle] = [...workers];
    await calls[0]!.close();
    await calls[2]!.close();
    // Both of the first are gone: the next two go there.
    await Promise.all([4, 5].map((chat) => client.createCall(chat)));
    await idle!.terminate();
    await until(() => client.calls.some(({ state }) => state.connection.status === 'failed'));
    expect(client.calls.filter(({ state }) => state.connection.status === 'failed')).toHaveLength(1);
    expect(busy!.threadId).toBeGreaterThan(0);
  });

  it('share sockets within a thread', async () => {
    await using conference = await createConference();
    await using client = createClient({ workers: 2, sharedUdp: true, transport: LOOPBACK_TRANSPORT });
    for (const chat of [1, 2, 3, 4]) {
      const call = await client.createCall(chat);
      await call.connect(await conference.join(call.joinPayload));
      await call.play(fromFile(short));
    }
    await until(() => conference.participants.every((participant) => participant.measure().packets > 40));
  });

  it('let the process end when none is left', async () => {
    const { said, code } = await run(`
      const { createClient } = await import('INDEX');
      const client = createClient({ workers: 2, requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
      const call = await client.createCall(1);
      await call.close();
      console.log('closed');`);
    expect([said, code]).toEqual(['closed\n', 0]);
  });

  const ends: [how: string, statement: string][] = [
    ['by itself', 'process.exit(0)'],
    ['by a signal', `process.kill(process.pid, 'SIGTERM')`],
  ];

  it.each(ends)('leave no ffmpeg when the process ends %s', async (_, statement) => {
    const { said } = await run(`
      const { subscribe } = await import('node:diagnostics_channel');
      const { createClient, fromFile } = await import('INDEX');
      const { createConference } = await import('TESTING');
      subscribe('rxcall:ffmpeg:spawn', ({ pid }) => console.log(pid));
      const conference = await createConference();
      const client = createClient({ workers: 1, transport: { addresses: ['127.0.0.1'] } });
      const call = await client.createCall(1);
      await call.connect(await conference.join(call.joinPayload));
      await call.play(fromFile(${JSON.stringify(song)}));
      ${statement};
      setTimeout(() => {}, 30_000);`);
    const pid = Number(said);
    expect(pid).toBeGreaterThan(1);
    await until(() => !isRunning(pid));
  });

  /** Runs a script in a process of its own. */
  async function run(script: string): Promise<{ said: string; code: unknown }> {
    const url = (name: string): string => new URL(`../../src/${name}`, import.meta.url).href;
    const text = script.replace('INDEX', url('index.ts')).replace('TESTING', url('testing/index.ts'));
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', text], { stdio: 'pipe' });
    let said = '';
    child.stdout.on('data', (data) => (said += String(data)));
    child.stderr.on('data', (data) => (said += String(data)));
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const code = await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    return { said, code };
  }
});

describe('a source of one’s own, with the call in a thread', () => {
  it('stays here, and is heard', async () => {
    await using stage = await openStage({ client: { workers: 1 } });
    const { call, participant } = stage;
    const samples$: Observable<Sample> = fromFile(song).pipe(filter(({ kind }) => kind === 'audio'));
    await call.play(samples$);
    await until(() => participant.measure().packets > 60);
    expect(participant.measure()).toMatchObject({ lost: 0, holes: [] });
    expect((await participant.decode()).frequencyHz).toBeCloseTo(440, -1);
    expect(call.playback).toMatchObject({ playback: { label: 'samples', seekable: false } });
  });

  it('waits while the call is paused, and is closed when another one plays', async () => {
    await using stage = await openStage({ client: { workers: 1 } });
    const { call } = stage;
    const source = createFakeSource();
    await call.play(source);
    call.pause();
    const positionMs = call.positionMs;
    await sleep(300);
    const { read } = source.log;
    await sleep(300);
    expect(call.positionMs).toBe(positionMs);
    expect(source.log.read).toBe(read);
    expect(read).toBeLessThan(150);
    call.resume();
    await until(() => call.positionMs > positionMs + 200 && source.log.read > read);
    await call.play(createFakeSource());
    await until(() => source.log.closed === 1);
    await call.close();
  });

  it('leaves nothing behind when the call is closed', async () => {
    const ffmpegs = watchFfmpegs();
    await using stage = await openStage({ client: { workers: 1 } });
    await stage.call.play(fromFile(song, { logger: silentLogger }));
    expect(ffmpegs.map(isRunning)).toEqual([true]);
    await stage.call.close();
    expect(ffmpegs.map(isRunning)).toEqual([false]);
  });

  it('seeks if it can', async () => {
    await using stage = await openStage({ client: { workers: 1 } });
    const { call } = stage;
    await call.play(fromFile(song, { logger: silentLogger }));
    await call.seekTo(30_000);
    expect(call.positionMs).toBeGreaterThanOrEqual(29_900);
    await call.seekBy(-10_000);
    await until(() => call.positionMs > 20_200 && call.positionMs < 25_000);
  });

  it('fails with its own error', async () => {
    await using stage = await openStage({ client: { workers: 1 } });
    const { call, client } = stage;
    const ended = new Promise<ClientEvent>((resolve) => client.on('streamEnd', resolve));
    const failing$ = fromFile(song).pipe(
      map((sample, index) => {
        if (index === 100) throw new SourceError('ERR_SOURCE_STALLED', 'mine', 'mine broke', { retryable: true });
        return sample;
      }),
    );
    await call.play(failing$);
    const event = await ended;
    expect(event).toMatchObject({ reason: 'stalled', error: { source: 'mine', retryable: true } });
    expect('error' in event && event.error).toBeInstanceOf(SourceError);
  });
});

describe('errors of calls in threads', () => {
  it('keep class, code and fields', async () => {
    await using conference = await createConference();
    await using client = createClient({ workers: 1, transport: LOOPBACK_TRANSPORT });
    const call = await client.createCall(1);
    const bad: unknown = await call.connect('{"transport":{}}').catch((error: unknown) => error);
    expect(bad).toBeInstanceOf(PayloadError);
    expect(bad).toMatchObject({ code: 'ERR_PAYLOAD', path: expect.any(String), retryable: false });
    expect(await call.seekTo(Number.NaN).catch((error: unknown) => error)).toBeInstanceOf(OptionError);
    await call.connect(await conference.join(call.joinPayload));
    expect(await call.play(fromFile('missing.mp3')).catch((error: unknown) => error)).toBeInstanceOf(SourceError);
    await call.close();
    await expect(call.play(fromFile(song))).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
  });

  it('follow a signal, with its reason', async () => {
    await using stage = await openStage({ client: { workers: 1 } });
    const { call } = stage;
    const reason = { because: 'the user left' };
    const early: unknown = await call
      .play(fromFile(song), { signal: AbortSignal.abort(reason) })
      .catch((e: unknown) => e);
    expect(early).toBeInstanceOf(AbortedError);
    expect((early as AbortedError).cause).toBe(reason);
    expect(call.playback.status).toBe('idle');

    const abort = new AbortController();
    const playing = call.play(NEVER, { signal: abort.signal });
    await until(() => call.state.opening !== undefined);
    abort.abort(reason);
    const late: unknown = await playing.catch((error: unknown) => error);
    expect(late).toBeInstanceOf(AbortedError);
    expect((late as AbortedError).cause).toBe(reason);
    expect(call.state.opening).toBeUndefined();
  });

  it('refuse what cannot go to another thread', () => {
    const refused = (options: object): unknown => {
      try {
        return createClient({ workers: 1, ...options });
      } catch (error) {
        return error;
      }
    };
    expect(refused({ workers: 1.5 })).toMatchObject({ path: 'options.workers' });
    expect(refused({ workers: -1 })).toMatchObject({ path: 'options.workers' });
    expect(refused({ transport: { interfaceFilter: () => true } })).toMatchObject({
      code: 'ERR_OPTION',
      path: 'options.transport.interfaceFilter',
    });
    expect(refused({ clock: { nowUs: () => 0 } })).toMatchObject({ path: 'options.clock.nowUs' });
  });
});

function firstOf<T>(values$: Observable<T>): Promise<T> {
  return new Promise((resolve, reject) => values$.pipe(take(1)).subscribe({ next: resolve, error: reject }));
}
