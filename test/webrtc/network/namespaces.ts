import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { requires } from '../../requires.ts';
import type { PeerAnswer, PeerRequest } from './peer-messages.ts';

/** A process that does what it is asked to, by {@link serveCommands}. */
export interface RemoteProcess<Request, Answer extends { [K in keyof Request]: unknown }> {
  ask<K extends keyof Request & string>(name: K, argument: Request[K]): Promise<Answer[K]>;
  /** Ends it without a word. */
  kill(): void;
}

export type Peer = RemoteProcess<PeerRequest, PeerAnswer>;

/** What the link does to packets, each way. */
export interface LinkSettings {
  loss?: number;
  delayMs?: number;
  jitterMs?: number;
  blockUdp?: boolean;
}

/** Two namespaces, one link. */
export interface Network extends AsyncDisposable {
  /** Address of the side the peer there has. */
  readonly ips: readonly [string, string];
  set(settings: LinkSettings): Promise<void>;
  startPeer(side: 0 | 1): Peer;
  /** Runs a script of ours on that side. */
  start<Request, Answer extends { [K in keyof Request]: unknown }>(
    side: 0 | 1,
    script: string,
  ): RemoteProcess<Request, Answer>;
  /** How to run a program on that side. */
  prefix(side: 0 | 1): string[];
}

const folder = import.meta.dirname;
const IPS = ['10.77.0.1', '10.77.0.2'] as const;
let networks = 0;

/** Whether namespaces and TUN devices may be made here. Says loudly when not. */
export function mayMakeNetworks(): boolean {
  if (process.platform !== 'linux' || !requires('ip')) return false;
  const probe = `rxcall-probe-${process.pid}`;
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'del', probe], { stdio: 'ignore' });
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    console.warn(`\n*** SKIPPED: no network namespaces with TUN devices here: ${(error as Error).message} ***\n`);
    return false;
  }
}

export async function createNetwork(): Promise<Network> {
  const names = ['a', 'b'].map((side) => `rxcall-${process.pid}-${networks}-${side}`);
  networks++;
  for (const name of names) execFileSync('ip', ['netns', 'add', name]);
  const children: ChildProcessWithoutNullStreams[] = [];
  const exits: Promise<unknown>[] = [];
  const start = (program: string, args: string[]): ChildProcessWithoutNullStreams => {
    const child = spawn(program, args);
    child.stderr.pipe(process.stderr);
    children.push(child);
    exits.push(new Promise((resolve) => child.once('close', resolve)));
    return child;
  };
  const prefix = (side: 0 | 1): [string, ...string[]] => ['ip', 'netns', 'exec', names[side]!];
  const run: Network['start'] = (side, script) => {
    const [program, ...args] = [...prefix(side), process.execPath, script];
    return talkTo(start(program, args));
  };
  const link = start('python3', [join(folder, 'link.py'), names[0]!, IPS[0], names[1]!, IPS[1]]);
  const confirmations = createInterface({ input: link.stdout })[Symbol.asyncIterator]();
  const confirm = async (): Promise<void> => {
    const { done } = await confirmations.next();
    if (done) throw new Error('the link has ended');
  };
  await confirm();
  return {
    ips: IPS,
    prefix,
    async set(settings) {
      link.stdin.write(`${JSON.stringify(settings)}\n`);
      await confirm();
    },
    startPeer: (side) => run(side, join(folder, 'peer-process.ts')),
    start: run,
    async [Symbol.asyncDispose]() {
      for (const child of children) child.stdin.end();
      const timer = setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), 3000);
      await Promise.all(exits);
      clearTimeout(timer);
      for (const name of names) execFileSync('ip', ['netns', 'del', name]);
    },
  };
}

function talkTo<Request, Answer extends { [K in keyof Request]: unknown }>(
  child: ChildProcessWithoutNullStreams,
): RemoteProcess<Request, Answer> {
  const waiting = new Map<string, PromiseWithResolvers<unknown>>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [name, value, problem] = JSON.parse(line) as [string, unknown, string?];
    if (problem === undefined) waiting.get(name)?.resolve(value);
    else waiting.get(name)?.reject(new Error(problem));
  });
  return {
    ask<K extends keyof Request & string>(name: K, argument: Request[K]) {
      const answer = Promise.withResolvers<unknown>();
      waiting.set(name, answer);
      child.stdin.write(`${JSON.stringify([name, argument])}\n`);
      return answer.promise as Promise<Answer[K]>;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
