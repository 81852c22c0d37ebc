import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Observable } from 'rxjs';
import { childrenEnded, liveChildren } from '../../src/ffmpeg/child-registry.ts';

/** Path of one of the programs that misbehave. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/processes/${name}`, import.meta.url));
}

/** Arguments with which this Node runs one of them; also where types are not stripped by default. */
export function nodeArgs(name: string, ...args: string[]): string[] {
  const flags = name.endsWith('.ts') && !process.features.typescript ? ['--experimental-strip-types'] : [];
  return [...flags, '--no-warnings', fixture(name), ...args];
}

/** Whether a process runs; one that ended and was not reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return process.platform !== 'linux';
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until `condition` holds. */
export async function until(condition: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${condition.toString()}`);
    await sleep(5);
  }
}

/** Everything an Observable says until its end. */
export async function collect<T>(source$: Observable<T>): Promise<{ values: T[]; error: unknown }> {
  const values: T[] = [];
  const error = await new Promise((resolve) => {
    source$.subscribe({ next: (value) => values.push(value), error: resolve, complete: () => resolve(undefined) });
  });
  return { values, error };
}

/** For `afterEach`: fails when the test has left a child process. */
export async function expectNoChildren(): Promise<void> {
  await childrenEnded();
  await until(() => liveChildren() === 0);
}
