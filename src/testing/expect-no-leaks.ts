import { liveChildren } from '../ffmpeg/child-registry.ts';

/** What {@link expectNoLeaks} puts up with. */
export interface NoLeaksOptions {
  /** How long what is left may take to go away, in milliseconds. Default 5000. */
  withinMs?: number | undefined;
}

const POLL_MS = 10;
/** What keeps a process alive, as Node.js calls it, and what a person would. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^ProcessWrap$/, 'child process'],
  [/^UDP/i, 'UDP socket'],
  [/^(TCPSocketWrap|TCPServerWrap)$/, 'TCP socket'],
  [/^PipeWrap$/, 'pipe'],
  [/^Timeout$/, 'timer'],
];

/**
 * Runs `body` and rejects unless afterwards there is no child process, socket, pipe or timer more than before. What goes
 * away asynchronously has {@link NoLeaksOptions.withinMs} to do so. Rejects with the error of `body` if it has one.
 *
 * Counts the whole process: run it where nothing else begins meanwhile.
 *
 * @example
 * await expectNoLeaks(async () => {
 *   await using conference = await createConference();
 *   await call.connect(await conference.join(call.joinPayload));
 *   await call.close();
 * });
 */
export async function expectNoLeaks(body: () => unknown, { withinMs = 5000 }: NoLeaksOptions = {}): Promise<void> {
  const before = countResources();
  await body();
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = leftOf(before);
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new Error(`Left after ${withinMs} ms: ${left.join(', ')}.`);
    // The timer of this wait is over when it is counted again.
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function leftOf(before: ReadonlyMap<string, number>): string[] {
  return [...countResources()]
    .map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const)
    .filter(([, more]) => more > 0)
    .map(([name, more]) => `${more} ${name}${more > 1 ? pluralOf(name) : ''}`);
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const resource of process.getActiveResourcesInfo()) {
    const name = KINDS.find(([pattern]) => pattern.test(resource))?.[1];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  // One that was killed and not reaped yet may not be active any more.
  counts.set('child process', Math.max(counts.get('child process') ?? 0, liveChildren()));
  return counts;
}

function pluralOf(name: string): string {
  return name.endsWith('s') ? 'es' : 's';
}
