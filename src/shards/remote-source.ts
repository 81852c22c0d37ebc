import type { MessagePort } from 'node:worker_threads';
import { Observable } from 'rxjs';
import { SourceError } from '../core/errors.ts';
import { MediaSource } from '../core/media-source.ts';
import { createRemoteOpening, type RemoteOpening } from './remote-opening.ts';
import type { Addressed, OpeningMessage, OpeningRequest } from './source-messages.ts';

/** What a source says of itself. */
export interface SourceFacts {
  readonly label: string;
  readonly seekable: boolean;
  readonly live: boolean;
  readonly startMs: number;
}

interface Opened {
  readonly opening: RemoteOpening;
  fail(error: SourceError): void;
}

/**
 * A source that is in another thread, where {@link serveSource} has the other end of `port`. Each opening is one there; its
 * samples come as they are taken here, as if the source were here.
 */
export function remoteSource(port: MessagePort, facts: SourceFacts): MediaSource {
  const openings = new Map<number, Opened>();
  let nextNumber = 1;
  let closed = false;
  const gone = (): SourceError =>
    new SourceError('ERR_SOURCE_UNREADABLE', facts.label, `${facts.label} is no longer there: its port was closed.`);

  port.on('message', ({ opening, message }: Addressed<OpeningMessage>) =>
    openings.get(opening)?.opening.receive(message),
  );
  port.on('close', () => {
    closed = true;
    for (const { fail } of [...openings.values()]) fail(gone());
  });

  return new MediaSource({
    ...facts,
    open: ({ logger: _, owner: __, ...request }) =>
      new Observable((subscriber) => {
        if (closed) return subscriber.error(gone());
        const number = nextNumber++;
        const post = (message: OpeningRequest): void =>
          port.postMessage({ opening: number, message } satisfies Addressed<OpeningRequest>);
        openings.set(number, {
          opening: createRemoteOpening(subscriber, post),
          fail: (error) => subscriber.error(error),
        });
        post({ type: 'open', request });
        return () => {
          openings.delete(number);
          post({ type: 'close' });
        };
      }),
  });
}
