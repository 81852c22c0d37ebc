import type { ServerResponse } from 'node:http';
import type { Observable } from 'rxjs';
import type { Participant } from '../conference/participant.ts';
import { ParticipantView, type ParticipantSnapshot } from './participant-view.ts';

/** What a page is told several times a second. */
interface Tick {
  readonly participants: readonly ParticipantSnapshot[];
  /** How many pages are watching. */
  readonly watchers: number;
}

/** How often pages are told. */
const TICK_MS = 250;
/** A page that takes nothing for this many bytes has gone to sleep and is cut off; it reconnects by itself. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** Sends pages what happens in a conference, as server-sent events; a new page gets the last minute first. */
export interface EventFeed {
  /** Turns a response into a stream of events. */
  serve(response: ServerResponse): void;
  close(): void;
}

export function createEventFeed(participants$: Observable<readonly Participant[]>): EventFeed {
  const watchers = new Set<ServerResponse>();
  let views: ParticipantView[] = [];

  const subscription = participants$.subscribe((participants) => {
    const known = views;
    views = participants.map((participant, id) => known[id] ?? new ParticipantView(participant, id));
  });

  const timer = setInterval(() => {
    const tick: Tick = { participants: views.map((view) => view.tick(performance.now())), watchers: watchers.size };
    for (const watcher of watchers) send(watcher, 'tick', tick);
  }, TICK_MS);

  function send(watcher: ServerResponse, event: string, data: unknown): void {
    if (watcher.writableLength > MAX_UNSENT_BYTES) watcher.destroy();
    else watcher.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  return {
    serve(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      watchers.add(response);
      response.on('close', () => watchers.delete(response));
      send(response, 'history', { tickMs: TICK_MS, participants: views.map((view) => view.history) });
    },
    close() {
      clearInterval(timer);
      subscription.unsubscribe();
      for (const view of views) view.close();
      for (const watcher of watchers) watcher.end();
    },
  };
}
