import { type ChildProcess, execFileSync } from 'node:child_process';

/** Signals that end this process by default, and would leave its children behind. */
const DEADLY_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A process that leads a group of its own, started by this thread or by another one. */
type Child = Pick<ChildProcess, 'pid' | 'kill'>;

interface Registration {
  /** Whose it is. */
  readonly owner: object | undefined;
  readonly ended: Promise<void>;
  readonly tellEnded: () => void;
}

const children = new Map<Child, Registration>();
/** Those that were told to end. */
const ending = new Set<Child>();

/** Child processes that were started and have not been reaped. */
export function liveChildren(): number {
  return children.size;
}

/**
 * Resolves when the children are gone that have been told to end: what `close()` waits for. Others may go on. Default: those
 * of all owners.
 */
export async function childrenEnded(owner?: object): Promise<void> {
  const told = [...ending].flatMap((child) => children.get(child) ?? []);
  const own = told.filter((registration) => owner === undefined || registration.owner === owner);
  await Promise.all(own.map(({ ended }) => ended));
}

/**
 * Counts a child that was started as the leader of a process group until it is reaped, and sees to it that it does not
 * outlive this process. One set of listeners on `process` serves all children, and goes with the last of them.
 */
export function registerChild(child: ChildProcess, owner?: object): void {
  add(child, owner);
  child.once('exit', () => {
    killTree(child, 'SIGKILL'); // what it started itself and left behind
    remove(child);
  });
}

/** A child of another thread, which cannot be relied on to end it. */
export interface AdoptedChild {
  /** It has ended. */
  release(): void;
  /** Its thread is no more: ends it, and whatever it has started. */
  kill(): void;
}

/** Sees to it that a child which another thread has registered there does not outlive this process. */
export function adoptChild(pid: number): AdoptedChild {
  const child: Child = { pid, kill: (signal) => process.kill(pid, signal) };
  add(child);
  return {
    release: () => remove(child),
    kill() {
      killTree(child, 'SIGKILL');
      remove(child);
    },
  };
}

function add(child: Child, owner?: object): void {
  if (children.size === 0) {
    process.on('exit', killAll);
    for (const signal of DEADLY_SIGNALS) process.on(signal, endWithChildren);
  }
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  children.set(child, { owner, ended, tellEnded: () => resolve(undefined) });
}

function remove(child: Child): void {
  children.get(child)?.tellEnded();
  children.delete(child);
  ending.delete(child);
  if (children.size === 0) removeListeners();
}

/** Signals a child and all it has started. Harmless when they are gone. */
export function killTree(child: Child, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  if (children.has(child)) ending.add(child);
  try {
    if (process.platform !== 'win32') process.kill(-child.pid, signal);
    else execFileSync('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true });
  } catch {
    killAlone(child, signal); // no such group (any more)
  }
}

function killAlone(child: Child, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    child.kill(signal);
  } catch {
    // gone
  }
}

function killAll(): void {
  for (const child of children.keys()) killTree(child, 'SIGKILL');
}

/** Children live in process groups of their own, so that a Ctrl-C of the terminal does not reach them. */
function endWithChildren(signal: NodeJS.Signals): void {
  // Who else listens decides what the signal means; if that is to exit, the `exit` listener is still there.
  if (process.listenerCount(signal) > 1) return;
  killAll();
  removeListeners();
  process.kill(process.pid, signal);
}

function removeListeners(): void {
  process.off('exit', killAll);
  for (const signal of DEADLY_SIGNALS) process.off(signal, endWithChildren);
}
