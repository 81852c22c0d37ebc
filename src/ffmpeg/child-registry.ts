import { type ChildProcess, execFileSync } from 'node:child_process';

/** Signals that end this process by default, and would leave its children behind. */
const DEADLY_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const children = new Set<ChildProcess>();
/** Those that were told to end. */
const ending = new Set<ChildProcess>();
const waiting = new Set<() => void>();

/** Child processes that were started and have not been reaped. */
export function liveChildren(): number {
  return children.size;
}

/** Resolves when no child is left that was told to end: what `close()` waits for. Others may go on. */
export function childrenEnded(): Promise<void> {
  if (ending.size === 0) return Promise.resolve();
  return new Promise((resolve) => waiting.add(resolve));
}

/**
 * Counts a child that was started as the leader of a process group until it is reaped, and sees to it that it does not
 * outlive this process. One set of listeners on `process` serves all children, and goes with the last of them.
 */
export function registerChild(child: ChildProcess): void {
  if (children.size === 0) {
    process.on('exit', killAll);
    for (const signal of DEADLY_SIGNALS) process.on(signal, endWithChildren);
  }
  children.add(child);
  child.once('exit', () => {
    killTree(child, 'SIGKILL'); // what it started itself and left behind
    children.delete(child);
    ending.delete(child);
    if (children.size === 0) removeListeners();
    if (ending.size > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  });
}

/** Signals a child and all it has started. Harmless when they are gone. */
export function killTree(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  if (children.has(child)) ending.add(child);
  try {
    if (process.platform !== 'win32') process.kill(-child.pid, signal);
    else execFileSync('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true });
  } catch {
    child.kill(signal); // no such group (any more)
  }
}

function killAll(): void {
  for (const child of children) killTree(child, 'SIGKILL');
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
