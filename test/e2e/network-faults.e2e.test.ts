import { describe, expect, it } from 'vitest';
import type { GroupCall } from '../../src/calls/group-call.ts';
import { createFakeSource } from '../../src/testing/index.ts';
import type { Impairment } from '../../src/webrtc/transport-options.ts';
import { requires } from '../requires.ts';
import { seededRandom } from '../webrtc/transport-pair.ts';
import { startCoturn } from '../webrtc/turn/coturn.ts';
import { LOOPBACK_TRANSPORT, openStage, sleep, until } from './stage.ts';

/** Every state of the connection from now on, without repetition. */
function recordStates(call: GroupCall): string[] {
  const states: string[] = [];
  call.state$.subscribe(({ connection: { status } }) => {
    if (states.at(-1) !== status) states.push(status);
  });
  return states;
}

describe('a call over a network', () => {
  it.each([
    ['that loses 30 %', { lossRate: 0.3 }, 20, 40],
    ['that takes 500 ms', { delayMs: 250 }, 0, 2],
    ['that reorders', { delayMs: 20, jitterMs: 120 }, 0, 2],
    ['that does all of it', { lossRate: 0.1, delayMs: 100, jitterMs: 80 }, 4, 18],
  ] as [string, Impairment, number, number][])(
    '%s connects, plays and stays connected',
    async (_name, faults, least, most) => {
      const impair: Impairment = { ...faults, random: seededRandom(11) };
      await using stage = await openStage({ behavior: { impair } });
      const { call, participant } = stage;
      const states = recordStates(call);
      await call.play(createFakeSource());
      await sleep(6000);
      const { lossPct, packets } = participant.measure();
      expect(packets).toBeGreaterThan(150);
      expect(lossPct).toBeGreaterThanOrEqual(least);
      expect(lossPct).toBeLessThanOrEqual(most);
      expect(states).toEqual(['connected']);
      expect(call.state.playback).toMatchObject({ status: 'playing' });
    },
    40_000,
  );

  it('that is dark for 12 s is the same call afterwards, and what plays has played on', async () => {
    const impair: Impairment = {};
    await using stage = await openStage({ behavior: { impair } });
    const { call, participant } = stage;
    const states = recordStates(call);
    await call.play(createFakeSource());
    await sleep(1000);
    impair.lossRate = 1;
    await sleep(12_000);
    expect(states).toEqual(['connected', 'disconnected']);
    const before = participant.measure().packets;
    impair.lossRate = 0;
    await until(() => states.at(-1) === 'connected', 15_000);
    await until(() => participant.measure().packets > before + 50);
    expect(states).toEqual(['connected', 'disconnected', 'connected']);
    expect(stage.conference.participants).toHaveLength(1);
    expect(call.state.playback).toMatchObject({ status: 'playing', sent: true });
    expect(participant.getStats().packetsRejected).toBe(0);
  }, 60_000);

  it('that does not come back fails in the end, and tells so in order', async () => {
    const impair: Impairment = {};
    const iceTimings = { preCheckDelayMs: 0, disconnectedAfterMs: 500, failedAfterMs: 1000, consentMs: 200 };
    const transport = { addresses: ['127.0.0.1'], iceTimings };
    await using stage = await openStage({ behavior: { impair }, client: { transport } });
    const { call } = stage;
    const states = recordStates(call);
    const ends: string[] = [];
    call.playback$.subscribe((event) => event.type === 'ended' && ends.push(event.reason));
    await call.play(createFakeSource());
    impair.lossRate = 1;
    await until(() => call.status === 'failed', 15_000);
    expect(states).toEqual(['connected', 'disconnected', 'failed']);
    expect(ends).toEqual(['disconnected']);
  }, 40_000);

  it.runIf(requires('coturn'))(
    'that lets no UDP of ours pass goes by TURN over TCP',
    async () => {
      await using coturn = await startCoturn();
      const { port, username, credential } = coturn;
      const iceServers = [{ urls: `turn:127.0.0.1:${port}?transport=tcp`, username, credential }];
      const transport = { ...LOOPBACK_TRANSPORT, iceServers, iceTransportPolicy: 'relay' } as const;
      await using stage = await openStage({ client: { transport } });
      const { call, participant } = stage;
      const states = recordStates(call);
      await call.play(createFakeSource());
      await until(() => participant.measure().packets > 100, 20_000);
      expect(participant.measure()).toMatchObject({ lost: 0 });
      expect(call.getStats().transport.selectedPair!.local).toMatch(/^127\.0\.0\.1:/);
      expect(coturn.log()).toContain('ALLOCATE processed, success');
      expect(states).toEqual(['connected']);
    },
    60_000,
  );
});
