import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IceTimings } from '../../src/webrtc/transport-options.ts';
import {
  createNetwork,
  mayMakeNetworks,
  type LinkSettings,
  type Network,
  type RemoteProcess,
} from '../webrtc/network/namespaces.ts';
import type { CallAnswer, CallReport, CallRequest, ConferenceAnswer, ConferenceRequest } from './call-messages.ts';
import { sleep } from './stage.ts';

type Call = RemoteProcess<CallRequest, CallAnswer>;
type Conference = RemoteProcess<ConferenceRequest, ConferenceAnswer>;

const POLL = { timeout: 20_000, interval: 100 };
const HASTY: IceTimings = { consentMs: 500, disconnectedAfterMs: 1500, failedAfterMs: 1500 };
const UP = ['new', 'connecting', 'connected'];
/** The address of the side that the call is on, and another, in a subnet of its own: it survives the first. */
const ADDRESS = '10.77.0.1/24';
const OTHER_ADDRESS = '10.77.0.3/25';

describe.runIf(mayMakeNetworks())('a call and its server, with a network between them', () => {
  let network: Network;
  let call: Call;
  let conference: Conference;

  beforeAll(async () => void (network = await createNetwork()));
  afterAll(() => network[Symbol.asyncDispose]());
  beforeEach(async () => {
    await network.set({});
    conference = await startConference();
    call = network.start(0, join(import.meta.dirname, 'call-process.ts'));
  });
  afterEach(() => {
    call.kill();
    conference.kill();
  });

  async function startConference(): Promise<Conference> {
    const server: Conference = network.start(1, join(import.meta.dirname, 'conference-process.ts'));
    await server.ask('open', network.ips[1]);
    return server;
  }

  /** Connects and plays; resolves with the join payload. */
  async function play(iceTimings: IceTimings = {}): Promise<string> {
    const payload = await call.ask('open', { iceTimings });
    await call.ask('answer', await conference.ask('join', payload));
    await call.ask('play', null);
    return payload;
  }

  const report = (): Promise<CallReport> => call.ask('report', null);
  const packets = async (): Promise<number> => (await conference.ask('measure', null)).packets;
  const lastTold = async (): Promise<string | undefined> => (await report()).told.at(-1);

  /** An address of the call's side comes or goes. */
  function change(what: 'add' | 'del', address: string): void {
    const [program, ...args] = network.prefix(0);
    execFileSync(program!, [...args, 'ip', 'addr', what, address, 'dev', 'link0']);
  }

  it.each([
    ['that loses 30 %', { loss: 0.3 }, 18, 42],
    ['that takes 500 ms', { delayMs: 250 }, 0, 1],
    ['that reorders', { delayMs: 20, jitterMs: 120 }, 0, 1],
    ['that does all of it', { loss: 0.1, delayMs: 100, jitterMs: 80 }, 3, 18],
  ] as [string, LinkSettings, number, number][])(
    '%s: it connects, plays and stays connected',
    async (_name, settings, least, most) => {
      await network.set(settings);
      await play();
      await sleep(6000);
      const { packets, lossPct } = await conference.ask('measure', null);
      expect(packets).toBeGreaterThan(150);
      expect(lossPct).toBeGreaterThanOrEqual(least);
      expect(lossPct).toBeLessThanOrEqual(most);
      expect(await report()).toMatchObject({ told: UP, playback: 'playing' });
      await call.ask('close', null);
    },
    40_000,
  );

  it('that is dark for 12 s: it is the same call afterwards, and what plays has played on', async () => {
    await play();
    await expect.poll(packets, POLL).toBeGreaterThan(25);
    await network.set({ loss: 1 });
    await sleep(12_000);
    expect(await report()).toMatchObject({ told: [...UP, 'disconnected'], playback: 'playing' });
    const before = await packets();
    await network.set({});
    await expect.poll(lastTold, POLL).toBe('connected');
    await expect.poll(packets, POLL).toBeGreaterThan(before + 50);
    expect(await report()).toMatchObject({ told: [...UP, 'disconnected', 'connected'], asked: 0 });
    expect(await conference.ask('measure', null)).toMatchObject({ joined: 1 });
    await call.ask('close', null);
  }, 60_000);

  it('in which it gets another address: it joins again from there, and what plays goes on where it was', async () => {
    const payload = await play(HASTY);
    await expect.poll(packets, POLL).toBeGreaterThan(25);
    change('del', ADDRESS);
    change('add', OTHER_ADDRESS);
    try {
      await expect.poll(async () => (await report()).asked, POLL).toBe(1);
      const { positionMs } = await report();
      await conference.ask('leave', null);
      await call.ask('answer', await conference.ask('join', payload));
      await expect.poll(packets, POLL).toBeGreaterThan(50);
      const after = await report();
      expect(after.told).toEqual([...UP, 'disconnected', 'failed', 'connecting', 'connected']);
      expect(after.playback).toBe('playing');
      expect(after.positionMs).toBeGreaterThan(positionMs);
      expect(after.local).toMatch(/^10\.77\.0\.3:/);
      await call.ask('close', null);
    } finally {
      change('del', OTHER_ADDRESS);
      change('add', ADDRESS);
    }
  }, 60_000);

  it('in which one of its two addresses goes away: it goes on by the other, as the same participant', async () => {
    change('add', OTHER_ADDRESS);
    await play(HASTY);
    await expect.poll(packets, POLL).toBeGreaterThan(25);
    const { local } = await report();
    const gone = local!.startsWith('10.77.0.3:') ? OTHER_ADDRESS : ADDRESS;
    change('del', gone);
    try {
      await expect.poll(async () => (await report()).local, POLL).not.toBe(local);
      await expect.poll(lastTold, POLL).toBe('connected');
      const before = await packets();
      await expect.poll(packets, POLL).toBeGreaterThan(before + 50);
      expect(await report()).toMatchObject({ asked: 0, playback: 'playing' });
      expect(await conference.ask('measure', null)).toMatchObject({ joined: 1 });
      await call.ask('close', null);
    } finally {
      if (gone === ADDRESS) {
        change('del', OTHER_ADDRESS);
        change('add', ADDRESS);
      }
    }
  }, 60_000);

  it('whose server is killed and started again: it joins that, and what plays goes on where it was', async () => {
    const payload = await play(HASTY);
    await expect.poll(packets, POLL).toBeGreaterThan(25);
    conference.kill();
    conference = await startConference();
    await expect.poll(async () => (await report()).asked, POLL).toBe(1);
    await call.ask('answer', await conference.ask('join', payload));
    await expect.poll(packets, POLL).toBeGreaterThan(50);
    expect(await report()).toMatchObject({
      told: [...UP, 'disconnected', 'failed', 'connecting', 'connected'],
      playback: 'playing',
    });
    await call.ask('close', null);
  }, 60_000);
});
