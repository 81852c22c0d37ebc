import type { MessagePort } from 'node:worker_threads';
import type { Observable } from 'rxjs';
import { MediaSource, type OpenRequest } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { type ServedOpening, serveOpening } from './served-opening.ts';
import type { Addressed, OpeningMessage, OpeningRequest } from './source-messages.ts';

/** What an opening has of the thread that the source is in. */
export type OfThisThread = Pick<OpenRequest, 'logger' | 'owner'>;

/**
 * Lets another thread open a source that stays in this one: {@link remoteSource} at the other end of `port` is that source.
 * Keeps no process alive. Returns what ends it, with all its openings.
 */
export function serveSource(source: Observable<Sample>, port: MessagePort, own: OfThisThread = {}): () => void {
  const openings = new Map<number, ServedOpening>();

  function open(opening: number, request: Extract<OpeningRequest, { type: 'open' }>['request']): void {
    const samples$ = source instanceof MediaSource ? source.open({ ...request, ...own }) : source;
    const post = (message: OpeningMessage, transfer: readonly ArrayBuffer[] = []): void =>
      port.postMessage({ opening, message } satisfies Addressed<OpeningMessage>, transfer);
    openings.set(opening, serveOpening(samples$, post));
  }

  function close(opening: number): void {
    openings.get(opening)?.close();
    openings.delete(opening);
  }

  function closeAll(): void {
    for (const opening of [...openings.keys()]) close(opening);
  }

  port.on('message', ({ opening, message }: Addressed<OpeningRequest>) => {
    if (message.type === 'open') open(opening, message.request);
    else if (message.type === 'close') close(opening);
    else openings.get(opening)?.handle(message);
  });
  port.on('close', closeAll);
  port.unref();
  return () => {
    closeAll();
    port.close();
  };
}
