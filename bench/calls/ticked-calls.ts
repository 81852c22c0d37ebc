import { connectMany } from '../connect-many.ts';
import type { OpenSender, Sender } from '../send/sender.ts';
import { CONNECT_AT_ONCE, type OpenCalls } from './calls.ts';
import { AUDIO_BYTES, PACKETS_PER_PICTURE, PICTURE_EVERY_MS, VIDEO_BYTES } from './media-files.ts';

/** The places on the grid of 20 ms that calls have. */
const TICK_MS = 1;
const PLACES = 20;

/**
 * Nothing but a sender per call, all on one ticker: every 20 ms each call sends its audio, every 40 ms a picture. The calls
 * lie in the places where those with pipelines do, and leave within the millisecond before they are due, so that all
 * implementations meet the same bursts. What a slow one does not get done in time stays due.
 */
export function tickedCalls(open: OpenSender): OpenCalls {
  return async (peer, { n, video, profile, lateness }) => {
    const sizes = [AUDIO_BYTES, VIDEO_BYTES];
    const senders = await connectMany(n, CONNECT_AT_ONCE, (call) => open(peer.call(call), profile, sizes));
    let timer: NodeJS.Timeout | undefined;
    let immediate: NodeJS.Immediate | undefined;
    let dueMs = 0;
    let packets = 0;

    function send(sender: Sender, payload: number): void {
      sender.send(payload);
      lateness.sent(dueMs * 1000);
      packets++;
    }

    /** All that is due: what a late timer has put off, too. */
    function tick(): void {
      const untilMs = Math.ceil(performance.now());
      for (; dueMs <= untilMs; dueMs += TICK_MS) {
        const place = (dueMs / TICK_MS) % PLACES;
        const picture = video && (dueMs - place * TICK_MS) % PICTURE_EVERY_MS === 0;
        for (let call = place; call < senders.length; call += PLACES) {
          const sender = senders[call]!;
          send(sender, 0);
          for (let i = 0; picture && i < PACKETS_PER_PICTURE; i++) send(sender, 1);
        }
      }
      wait();
    }

    function wait(): void {
      const inMs = dueMs - performance.now();
      if (inMs >= 1) timer = setTimeout(tick, inMs);
      else immediate = setImmediate(tick);
    }

    return {
      start() {
        dueMs = Math.ceil(performance.now() / TICK_MS) * TICK_MS;
        wait();
      },
      stop() {
        clearTimeout(timer);
        clearImmediate(immediate);
      },
      packets: () => packets,
    };
  };
}
