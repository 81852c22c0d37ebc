import { createInterface } from 'node:readline';

export type Commands<Request> = { [K in keyof Request]: (argument: Request[K]) => unknown };

/**
 * Does what `RemoteProcess.ask` asks on the other end of stdin, and answers on stdout, both in lines of JSON. Resolves when
 * stdin ends.
 */
export async function serveCommands<Request>(commands: Commands<Request>): Promise<void> {
  const { stdout } = process; // there from the start, for those who count what is open
  const reply = (...answer: unknown[]): void => void stdout.write(`${JSON.stringify(answer)}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, argument] = JSON.parse(line) as [keyof Request, never];
    // Not awaited here: a report may be asked for while it connects.
    Promise.resolve()
      .then(() => commands[name](argument))
      .then(
        (value) => reply(name, value ?? null),
        (error: unknown) => reply(name, null, (error as Error).message),
      );
  }
}
