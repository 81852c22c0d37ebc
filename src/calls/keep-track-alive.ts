import type { ClockTask, MediaClock } from '../core/media-clock.ts';
import { processClock } from '../core/process-clock.ts';
import type { WebRtcTrack, WebRtcTransport } from '../webrtc/types.ts';

/** Telegram's server forgets an SSRC that says nothing for longer, and then shows no picture when there is one. */
const EVERY_US = 2_000_000;

/** Sends padding on a track when it is first connected and whenever it has been idle for two seconds, while it is connected. */
export function keepTrackAlive(track: WebRtcTrack, transport: WebRtcTransport, clock: MediaClock = processClock): void {
  let running = false;
  let sentBefore = 0;
  const task: ClockTask = {
    run() {
      if (track.getStats().packetsSent === sentBefore && transport.state === 'connected') track.sendPadding();
      sentBefore = track.getStats().packetsSent;
      clock.arm(task, clock.nowUs() + EVERY_US);
    },
  };

  function stop(): void {
    running = false;
    clock.disarm(task);
  }

  transport.state$.subscribe({
    next(state) {
      if (state === 'failed' || state === 'closed') stop();
      if (state !== 'connected' || running) return;
      running = true;
      sentBefore = track.getStats().packetsSent; // another server knows nothing of them
      task.run();
    },
    complete: stop,
  });
}
