import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Observable } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { FfmpegError } from '../../src/core/errors.ts';
import { liveChildren } from '../../src/ffmpeg/child-registry.ts';
import { FfmpegNotFoundError } from '../../src/ffmpeg/ffmpeg-not-found.ts';
import { ReadValve } from '../../src/ffmpeg/read-valve.ts';
import { type FfmpegEnd, runFfmpeg, type RunFfmpegOptions } from '../../src/ffmpeg/run-ffmpeg.ts';
import { collect, expectNoChildren, fixture, isRunning, nodeArgs, sleep, until } from './processes.ts';

/** Runs one of the programs that misbehave in place of ffmpeg. */
function run(name: string, args: string[] = [], options: Partial<RunFfmpegOptions> = {}): Observable<Uint8Array> {
  return runFfmpeg({ path: process.execPath, args: [fixture(name), ...args], ...options });
}

const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();

describe.skipIf(process.platform === 'win32')('runFfmpeg', () => {
  afterEach(expectNoChildren);

  it('starts nothing before it is subscribed to, and a process of its own for each subscriber', async () => {
    const source$ = run('never-writes.mjs');
    expect(liveChildren()).toBe(0);
    const subscriptions = [source$.subscribe(), source$.subscribe()];
    expect(liveChildren()).toBe(2);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  it('completes after the last byte when the program ends with 0', async () => {
    const { values, error } = await collect(run('closes-stdout.mjs', ['0', '0']));
    expect(text(values)).toBe('all of it');
    expect(error).toBeUndefined();
  });

  it('waits for the exit code that comes after the end of the output', async () => {
    const { values, error } = await collect(run('closes-stdout.mjs', ['60', '3']));
    expect(text(values)).toBe('all of it');
    expect(error).toMatchObject({ code: 'ERR_FFMPEG_FAILED', exitCode: 3, signal: null });
  });

  it('takes a program that ended its output and stays for one that is done, and ends it', async () => {
    const { values, error } = await collect(run('closes-stdout.mjs', ['3600000', '0']));
    expect(text(values)).toBe('all of it');
    expect(error).toBeUndefined();
  });

  it('delivers what was written before a kill, then an error with the signal', async () => {
    const { values, error } = await collect(run('dies-after.mjs', ['100000', 'SIGKILL']));
    expect(text(values)).toHaveLength(100_000);
    expect(error).toBeInstanceOf(FfmpegError);
    expect(error).toMatchObject({ exitCode: null, signal: 'SIGKILL', retryable: true });
  });

  it('does not call a crash retryable', async () => {
    const { error } = await collect(run('dies-after.mjs', ['10', 'SIGSEGV']));
    expect(error).toMatchObject({ signal: 'SIGSEGV', retryable: false });
  });

  it('quotes the command line and the last of what the program said, without secrets', async () => {
    const { error } = await collect(run('fails.mjs', ['42', 'https://host/x?token=hunter2']));
    const { argv, exitCode, stderrTail, message } = error as FfmpegError;
    expect(exitCode).toBe(42);
    expect(argv).toEqual([process.execPath, fixture('fails.mjs'), '42', 'https://host/x?token=***']);
    expect(stderrTail).toMatch(/^complaint number \d+\n/);
    expect(stderrTail).toMatch(/complaint number 1999\nrtsp:\/\/\*\*\*@camera\/1: the last word$/);
    expect(stderrTail.length).toBeLessThanOrEqual(1024);
    expect(message).toContain('the last word');
    expect(message).not.toContain('hunter2');
  });

  it('leaves it to the caller what counts as a failure', async () => {
    const ends: unknown[] = [];
    const failureOf = (end: FfmpegEnd): undefined => {
      ends.push(end);
    };
    const { error } = await collect(run('fails.mjs', ['9'], { failureOf }));
    expect(error).toBeUndefined();
    expect(ends).toMatchObject([{ exitCode: 9, signal: null, stderr: expect.stringContaining('last word') as string }]);
  });

  it('reads nothing while the valve is closed, so that the program stands still', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxcall-flood-'));
    const ledger = join(folder, 'written');
    const written = (): number => Number(readFileSync(ledger, { encoding: 'utf8', flag: 'a+' }));
    const valve = new ReadValve();
    let received = 0;
    const subscription = run('floods-stdout.mjs', [ledger], { valve }).subscribe((chunk) => {
      received += chunk.length;
      if (received >= 1_000_000) valve.close();
    });
    await until(() => !valve.isOpen);
    let before = -1;
    while (before !== written()) {
      before = written();
      await sleep(200);
    }
    const atStop = received;
    expect(atStop).toBeLessThan(1_500_000);
    expect(written() - received).toBeLessThan(1_000_000);

    valve.open();
    await until(() => received > atStop + 2_000_000 || !valve.isOpen);
    expect(received).toBeGreaterThan(atStop);
    subscription.unsubscribe();
    await expectNoChildren();
    rmSync(folder, { recursive: true });
  });

  it('loses nothing that waits when the program has ended: the valve was closed from the start', async () => {
    const valve = new ReadValve();
    valve.close();
    let chunks = 0;
    const subscription = run('closes-stdout.mjs', ['0', '0'], { valve }).subscribe(() => chunks++);
    await until(() => liveChildren() === 0);
    await sleep(300);
    expect(chunks).toBe(0);
    valve.open();
    await until(() => subscription.closed);
    expect(chunks).toBe(1);
  });

  it('ends a program on unsubscribing, and one that does not listen by force', async () => {
    for (const name of ['never-writes.mjs', 'ignores-sigterm.mjs'] as const) {
      let ready = name === 'never-writes.mjs';
      const subscription = run(name).subscribe(() => (ready = true));
      await until(() => ready);
      const started = performance.now();
      subscription.unsubscribe();
      subscription.unsubscribe();
      expect(liveChildren()).toBe(1);
      await expectNoChildren();
      const tookMs = performance.now() - started;
      if (name === 'never-writes.mjs') expect(tookMs).toBeLessThan(1900);
      else expect(tookMs).toBeGreaterThan(1900);
    }
  });

  it('ends what the program has started as well', async () => {
    let said = '';
    const subscription = run('spawns-grandchild.mjs').subscribe((chunk) => (said += text([chunk])));
    await until(() => said.endsWith('\n'));
    const grandchild = Number(said);
    expect(isRunning(grandchild)).toBe(true);
    subscription.unsubscribe();
    await until(() => !isRunning(grandchild));
  });

  it('ends what the program has left behind, which would hold the pipe open for ever', async () => {
    const { values, error } = await collect(run('spawns-grandchild.mjs', ['leave']));
    expect(error).toBeUndefined();
    await until(() => !isRunning(Number(text(values))));
  });

  it('can be unsubscribed from within next', async () => {
    const subscription = run('floods-stdout.mjs', ['/dev/null']).subscribe(() => subscription.unsubscribe());
    await expectNoChildren();
    expect(subscription.closed).toBe(true);
  });

  it('says that there is no such program', async () => {
    const { error } = await collect(runFfmpeg({ path: '/no/such/ffmpeg', args: [] }));
    expect(error).toBeInstanceOf(FfmpegNotFoundError);
    expect(error).toMatchObject({ message: expect.stringContaining('/no/such/ffmpeg') as string });
  });

  it('passes arguments on as they are, never through a shell', async () => {
    const args = ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', 'a b', '$HOME', '`id`', '"', ''];
    const { values } = await collect(runFfmpeg({ path: process.execPath, args }));
    expect(JSON.parse(text(values))).toEqual(args.slice(2));
  });

  it('shows no half of an address, which would not be known for a secret', async () => {
    const said: unknown[] = [];
    const log = (fields: object): void => void said.push(fields);
    const logger = { debug: log, info: log, warn: log, error: log };
    const address = `https://host/?token=${'hunter2'.repeat(20)}&end=${'x'.repeat(400)}`;
    const script = `process.stderr.write('cannot open ' + ${JSON.stringify(address)})`;
    await collect(runFfmpeg({ path: process.execPath, args: ['-e', script], logger }));
    expect(said.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(said)).not.toContain('hunter2');
  });

  it('tells a logger and the diagnostics channels of each start and end', async () => {
    const told: unknown[] = [];
    const note = (message: unknown, name: string | symbol): unknown => told.push([name, message]);
    subscribe('rxcall:ffmpeg:spawn', note);
    subscribe('rxcall:ffmpeg:exit', note);
    const logged: [object, string?][] = [];
    const log = (...line: [object, string?]): unknown => logged.push(line);
    const logger = { debug: log, info: log, warn: log, error: log };
    await collect(run('fails.mjs', ['5'], { logger }));
    unsubscribe('rxcall:ffmpeg:spawn', note);
    unsubscribe('rxcall:ffmpeg:exit', note);
    expect(told).toMatchObject([
      ['rxcall:ffmpeg:spawn', { argv: [process.execPath, fixture('fails.mjs'), '5'] }],
      ['rxcall:ffmpeg:exit', { exitCode: 5, signal: null }],
    ]);
    expect(logged.map(([, message]) => message)).toEqual(['ffmpeg started', 'ffmpeg ended']);
  });

  it('keeps one set of listeners on the process for all children, and none after the last', async () => {
    const events = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'];
    const count = (): number[] => events.map((event) => process.listenerCount(event));
    const before = count();
    const subscriptions = Array.from({ length: 20 }, () => run('never-writes.mjs').subscribe());
    expect(liveChildren()).toBe(20);
    expect(count()).toEqual(before.map((listeners) => listeners + 1));
    for (const subscription of subscriptions) subscription.unsubscribe();
    await expectNoChildren();
    expect(count()).toEqual(before);
  });
});

describe.skipIf(process.platform === 'win32')('a child process does not outlive its parent', () => {
  async function start(ending: string) {
    const parent = spawn(process.execPath, nodeArgs('parent.ts', ending), { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    parent.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => said.includes('\n'));
    const child = Number(said.split('\n')[0]);
    return { parent, child, said: () => said };
  }

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'that is ended by %s, as it would be without it',
    async (signal) => {
      const { parent, child } = await start('wait');
      expect(isRunning(child)).toBe(true);
      parent.kill(signal);
      expect(await once(parent, 'exit')).toEqual([null, signal]);
      await until(() => !isRunning(child));
    },
  );

  it('that exits, and that throws', async () => {
    for (const [ending, code] of [
      ['exit', 0],
      ['throw', 1],
    ] as const) {
      const { parent, child } = await start(ending);
      if (parent.exitCode === null) await once(parent, 'exit');
      expect(parent.exitCode).toBe(code);
      await until(() => !isRunning(child));
    }
  });

  it('that handles SIGTERM in its own way, which is respected', async () => {
    const { parent, child, said } = await start('own-handler');
    parent.kill('SIGTERM');
    await once(parent, 'close');
    expect(said()).toContain('handled');
    expect(parent.exitCode).toBe(7);
    await until(() => !isRunning(child));
  });

  it('and keeps it alive no longer than its own end takes', async () => {
    const { parent, child } = await start('return');
    await once(parent, 'close');
    expect(parent.exitCode).toBe(0);
    expect(isRunning(child)).toBe(false);
  });
});
