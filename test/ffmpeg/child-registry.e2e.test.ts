import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { childrenEnded, killTree, registerChild } from '../../src/ffmpeg/child-registry.ts';
import { expectNoChildren } from './processes.ts';

/** A process that says when it is ready, and ends when told to, or does not care. */
async function start(owner: object, obedient: boolean): Promise<ChildProcess> {
  const program = `${obedient ? '' : "process.on('SIGTERM', () => {});"} setInterval(() => {}, 1000); console.log('ready')`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  registerChild(child, owner);
  await once(child.stdout, 'data');
  return child;
}

describe.skipIf(process.platform === 'win32')('childrenEnded', () => {
  afterEach(expectNoChildren);

  it('waits for the children of one owner, not for those of others', async () => {
    const [ours, theirs] = [{}, {}];
    const [prompt, stubborn] = [await start(ours, true), await start(theirs, false)];
    killTree(stubborn, 'SIGTERM');
    killTree(prompt, 'SIGTERM');
    await childrenEnded(ours);
    expect([prompt.signalCode, stubborn.signalCode]).toEqual(['SIGTERM', null]);
    let allEnded = false;
    void childrenEnded().then(() => (allEnded = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(allEnded).toBe(false);
    killTree(stubborn, 'SIGKILL');
    await childrenEnded(theirs);
    expect(stubborn.signalCode).toBe('SIGKILL');
  });

  it('has nothing to wait for where nobody was told to end', async () => {
    const owner = {};
    const child = await start(owner, true);
    await childrenEnded(owner);
    expect(child.exitCode).toBeNull();
    killTree(child, 'SIGKILL');
  });
});
