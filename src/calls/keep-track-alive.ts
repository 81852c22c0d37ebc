import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import type { WebRtcTrack, WebRtcTransport } from '../webrtc/types.ts';

/** Telegram's server forgets an SSRC that says nothing for longer, and then shows no picture when there is one. */
const EVERY_US = 2_000_000;

/** Sends padding on a track whenever it has been idle for two seconds, from the connection to the end of the transport. */
export function keepTrackAlive(track: WebRtcTrack, transport: WebRtcTransport, clock: MediaClock = processClock): void {
  let sentBefore = -1;
  const task: ClockTask = {
    run() {
      const { packetsSent } = track.getStats();
      if (packetsSent === Math.max(0, sentBefore) && transport.state === 'connected') track.sendPadding();
      sentBefore = track.getStats().packetsSent;
      clock.arm(task, clock.nowUs() + EVERY_US);
    },
  };
  transport.state$.subscribe({
    next(state) {
      if (state === 'connected' && sentBefore < 0) task.run();
      if (state === 'failed' || state === 'closed') clock.disarm(task);
    },
    complete: () => clock.disarm(task),
  });
}
