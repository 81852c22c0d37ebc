import { BehaviorSubject, Subscription, type Observable } from 'rxjs';
import { createCallClock } from '../../src/core/call-clock.ts';
import type { MediaClock } from '../../src/core/media-clock.ts';
import type { PacedSample } from '../../src/core/sample.ts';
import { broadcast } from '../../src/operators/broadcast.ts';
import { keepalive } from '../../src/operators/keepalive.ts';
import { mute } from '../../src/operators/mute.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { toSamples } from '../../src/sinks/webrtc-track.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import type { WebRtcTrack } from '../../src/webrtc/types.ts';
import { connectMany } from '../connect-many.ts';
import type { Lateness } from '../lateness.ts';
import { AUDIO_TRACK, connectRxcall, VIDEO_TRACK } from '../send/rxcall.ts';
import { CONNECT_AT_ONCE, type OpenCalls } from './calls.ts';
import { makeMediaFile } from './media-files.ts';

/** Calls as a program has them: each plays a file, with all that a call puts between the file and its tracks. */
export const openPipelineCalls: OpenCalls = pipelineCalls((path, video) => {
  return (clock) => fromFile(path, { video }).pipe(pace({ clock }));
});

/** The same, but all calls play one source. */
export const openBroadcastCalls: OpenCalls = pipelineCalls((path, video) => {
  const shared$ = fromFile(path, { video }).pipe(pace(), broadcast());
  return () => shared$;
});

type MakePaced = (path: string, video: boolean) => (clock: MediaClock) => Observable<PacedSample>;

function pipelineCalls(makePaced: MakePaced): OpenCalls {
  return async (peer, { n, video, profile, seconds, lateness }) => {
    const { path, remove } = await makeMediaFile(seconds, video);
    const paced = makePaced(path, video);
    const calls = await connectMany(n, CONNECT_AT_ONCE, async (call) => {
      const transport = await connectRxcall(peer.call(call), profile);
      const options = video ? [AUDIO_TRACK, VIDEO_TRACK] : [AUDIO_TRACK];
      return options.map((track) => transport.createTrack(track));
    });
    const playing = new Subscription();
    return {
      start() {
        for (const tracks of calls) {
          const clock = createCallClock();
          playing.add(play(paced(clock), tracks, clock, lateness));
        }
      },
      stop() {
        playing.unsubscribe();
        remove();
      },
      packets: () => calls.flat().reduce((sum, track) => sum + packetsOf(track), 0),
    };
  };
}

function play(
  paced$: Observable<PacedSample>,
  tracks: readonly WebRtcTrack[],
  clock: MediaClock,
  lateness: Lateness,
): Subscription {
  const paused$ = new BehaviorSubject(false);
  const muted$ = new BehaviorSubject(false);
  return paced$.pipe(pauseGate(paused$, { clock }), mute(muted$), keepalive({ clock })).subscribe(
    toSamples((sample) => {
      for (const track of tracks) if (track.kind === sample.kind) track.write(sample);
      lateness.sent(sample.dueUs);
    }),
  );
}

function packetsOf(track: WebRtcTrack): number {
  const { packetsSent, packetsDropped } = track.getStats();
  return packetsSent + packetsDropped;
}
