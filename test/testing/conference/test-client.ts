import { from, lastValueFrom, Subject, takeUntil, tap, type Observable } from 'rxjs';
import type { PacedSample, Sample } from '../../../src/core/sample.ts';
import { pace } from '../../../src/operators/pace.ts';
import { createJoinPayload } from '../../../src/telegram/join-payload.ts';
import { parseJoinAnswer, type JoinAnswer } from '../../../src/telegram/parse-answer.ts';
import { allocateSsrcs, type CallSsrcs } from '../../../src/telegram/ssrc.ts';
import type { ConferenceBehavior } from '../../../src/testing/conference/behavior.ts';
import type { LoopbackConference } from '../../../src/testing/conference/conference.ts';
import type { LoopbackParticipant } from '../../../src/testing/conference/participant.ts';
import { createTransport } from '../../../src/webrtc/create-transport.ts';
import type { TransportOptions } from '../../../src/webrtc/transport-options.ts';
import type { WebRtcTrack, WebRtcTransport } from '../../../src/webrtc/types.ts';

/** A participant made of the parts themselves, without a call around them. */
export interface TestClient extends AsyncDisposable {
  readonly transport: WebRtcTransport;
  readonly ssrcs: CallSsrcs;
  readonly answer: Extract<JoinAnswer, { mode: 'rtc' }>;
  /** Connects; rejects as the transport does. */
  connect(): Promise<TestClient>;
  /** The audio track. */
  readonly track: WebRtcTrack;
  /** This client, seen by the conference. */
  readonly participant: LoopbackParticipant;
  /** Sends Opus packets of 20 ms, paced; resolves when the last one's time is over, or the client is disposed of. */
  play(packets: readonly Uint8Array[]): Promise<unknown>;
}

export async function joinConference(
  conference: LoopbackConference,
  behavior?: ConferenceBehavior,
  options: TransportOptions & { ssrcs?: CallSsrcs } = {},
): Promise<TestClient> {
  const { ssrcs = allocateSsrcs(), ...transportOptions } = options;
  const transport = await createTransport({ addresses: ['127.0.0.1'], ...transportOptions });
  const payload = createJoinPayload({ ssrcs, local: transport.localParameters });
  const answer = parseJoinAnswer(await conference.join(payload, behavior));
  if (answer.mode !== 'rtc') throw new Error(`The conference answered ${answer.mode}.`);
  const track = transport.createTrack({ kind: 'audio', ssrc: ssrcs.audio, parameters: answer.audio, cname: 'test' });
  const left$ = new Subject<void>();
  const client: TestClient = {
    transport,
    ssrcs,
    answer,
    track,
    participant: conference.participant(ssrcs.audio)!,
    async connect() {
      await transport.connect(answer.remote);
      return client;
    },
    play(packets) {
      const sending$ = paced(packets).pipe(
        tap((sample) => track.write(sample)),
        takeUntil(left$),
      );
      return lastValueFrom(sending$, { defaultValue: undefined });
    },
    [Symbol.asyncDispose]() {
      left$.next();
      return transport.close();
    },
  };
  return client;
}

function paced(packets: readonly Uint8Array[]): Observable<PacedSample> {
  const samples = packets.map((data, index): Sample => ({
    kind: 'audio',
    codec: 'opus',
    data,
    ptsUs: index * 20_000,
    durationUs: 20_000,
    keyframe: true,
  }));
  return from(samples).pipe(pace());
}

/** Waits until `condition` holds; fails after `timeoutMs`. */
export async function until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
