import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallError, TransportError } from '../../../src/core/errors.ts';
import { createJoinPayload } from '../../../src/telegram/join-payload.ts';
import { createConference, type LoopbackConference } from '../../../src/testing/conference/conference.ts';
import { expectNoLeaks } from '../../../src/testing/expect-no-leaks.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import type { SrtpProfile } from '../../../src/webrtc/types.ts';
import { opusTone } from '../measurement/opus-tone.ts';
import { joinConference, until } from './test-client.ts';

let tone: Uint8Array[];
let conference: LoopbackConference;
beforeAll(async () => {
  tone = await opusTone(440, 5);
});
beforeEach(async () => {
  conference = await createConference();
});
afterEach(() => conference.close());

describe('a loopback conference', () => {
  it('receives what is sent, on time and whole', async () => {
    await using client = await (await joinConference(conference)).connect();
    await client.play(tone);
    const { participant } = client;
    await until(() => participant.measure().packets === tone.length, 'all packets');

    const measured = participant.measure();
    expect(measured).toMatchObject({
      lost: 0,
      duplicates: 0,
      reordered: 0,
      holes: [],
      payloadTypes: [111],
      markers: 1,
    });
    expect(measured.timestampSteps).toEqual({ 960: tone.length - 1 });
    expect(Math.abs(measured.driftPpm!)).toBeLessThan(200);
    expect(measured.audioLevel).toMatchObject({ voiceShare: 1 });
    expect(participant.state).toBe('connected');
    expect(participant.getStats().srtpProfile).toBe('AEAD_AES_128_GCM');

    const heard = await participant.decode();
    expect(Math.abs(heard.frequencyHz - 440)).toBeLessThan(1);
    expect(heard.longestSilenceMs).toBeLessThan(30);
  });

  it.each<SrtpProfile>(['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'])('speaks %s when told to', async (profile) => {
    await using client = await (await joinConference(conference, { srtpProfiles: [profile] })).connect();
    await client.play(tone.slice(0, 10));
    await until(() => client.participant.measure().packets === 10, 'ten packets');
    expect(client.participant.getStats().srtpProfile).toBe(profile);
  });

  it('announces the payload types and extension ids it is told to, and gets them', async () => {
    const answer = { payloadTypes: { opus: 96 }, extensionIds: { audioLevel: 9, transportSequence: 10 } };
    await using client = await (await joinConference(conference, { answer })).connect();
    await client.play(tone.slice(0, 10));
    await until(() => client.participant.measure().packets === 10, 'ten packets');
    expect(client.participant.measure()).toMatchObject({ payloadTypes: [96], audioLevel: { voiceShare: 1 } });
  });

  it('loses what it is told to lose', async () => {
    const impair = { lossRate: 0.1, traffic: 'media', direction: 'receive', random: seededRandom(3) } as const;
    await using client = await (await joinConference(conference, { impair })).connect();
    await client.play(tone);
    const measured = client.participant.measure();
    expect(measured.lossPct).toBeGreaterThan(4);
    expect(measured.lossPct).toBeLessThan(18);
    expect(measured.holes.length).toBeGreaterThan(5);
  });

  it('delays and reorders when told to, and measures that', async () => {
    const impair = { jitterMs: 60, traffic: 'media', direction: 'receive', random: seededRandom(4) } as const;
    await using client = await (await joinConference(conference, { impair })).connect();
    await client.play(tone.slice(0, 150));
    const { participant } = client;
    await until(() => participant.measure().packets === 150, 'all packets');
    const measured = participant.measure();
    expect(measured.lost).toBe(0);
    expect(measured.reordered).toBeGreaterThan(20);
    expect(measured.jitterMs).toBeGreaterThan(8);
    expect(measured.latenessP50Ms).toBeGreaterThan(15);
    expect((await participant.decode()).longestSilenceMs).toBeLessThan(30);
  });

  it('begins a measurement anew', async () => {
    await using client = await (await joinConference(conference)).connect();
    await client.play(tone.slice(0, 20));
    await until(() => client.participant.measure().packets === 20, 'twenty packets');
    client.participant.reset();
    expect(client.participant.measure().packets).toBe(0);
    await client.play(tone.slice(0, 5));
    await until(() => client.participant.measure().packets === 5, 'five packets');
  });
});

describe('a loopback conference: what it tells the sender', () => {
  it('reports what it received', async () => {
    await using client = await (await joinConference(conference)).connect();
    await client.play(tone.slice(0, 100));
    await until(() => client.track.getStats().remotePacketsLost !== null, 'a receiver report');
    expect(client.track.getStats().remotePacketsLost).toBe(0);
  });

  it('is silent when told to be', async () => {
    const feedback = { reports: false, transportWide: false };
    await using client = await (await joinConference(conference, { feedback })).connect();
    let compounds = 0;
    client.transport.onRtcp = () => compounds++;
    await client.play(tone.slice(0, 100));
    expect(compounds).toBe(0);
    expect(client.participant.measure().packets).toBeGreaterThan(90);
  });

  it('asks for a keyframe on request', async () => {
    await using client = await (await joinConference(conference)).connect();
    const { video, rtx } = client.ssrcs;
    const track = client.transport.createTrack({
      kind: 'video',
      ssrc: video,
      rtxSsrc: rtx,
      parameters: client.answer.video.vp8!,
      cname: 'test',
    });
    const requests: string[] = [];
    track.keyframeRequests$.subscribe((request) => requests.push(request));
    await until(() => client.participant.state === 'connected', 'the conference to be connected');
    client.participant.requestKeyframe();
    await until(() => requests.length > 0, 'the request');
    expect(requests).toEqual(['pli']);
  });
});

describe('a loopback conference: several participants', () => {
  it('lets each hear the others, under their SSRC, and not themselves', async () => {
    await using speaker = await (await joinConference(conference)).connect();
    await using listener = await (
      await joinConference(conference, { answer: { payloadTypes: { opus: 97 } } })
    ).connect();
    await until(() => conference.participants.every(({ state }) => state === 'connected'), 'both');
    const heard: { ssrc: number; payloadType: number; timestamp: number }[] = [];
    let echoes = 0;
    listener.transport.onRtp = ({ ssrc, payloadType, timestamp }) => heard.push({ ssrc, payloadType, timestamp });
    speaker.transport.onRtp = () => echoes++;
    await speaker.play(tone.slice(0, 50));
    await until(() => heard.length === 50, 'fifty packets');
    expect(new Set(heard.map(({ ssrc }) => ssrc))).toEqual(new Set([speaker.ssrcs.audio]));
    expect(new Set(heard.map(({ payloadType }) => payloadType))).toEqual(new Set([97]));
    const steps = heard.slice(1).map(({ timestamp }, index) => (timestamp - heard[index]!.timestamp) >>> 0);
    expect(new Set(steps)).toEqual(new Set([960]));
    expect(echoes).toBe(0);
  });

  it('refuses an SSRC that is in use, until its owner has left', async () => {
    await using client = await joinConference(conference);
    const { ssrcs } = client;
    const failure = await joinConference(conference, {}, { ssrcs }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CallError);
    expect((failure as CallError).message).toContain('GROUPCALL_SSRC_DUPLICATE_MUCH');
    await conference.leave(ssrcs.audio);
    await using again = await (await joinConference(conference, {}, { ssrcs })).connect();
    expect(again.participant).not.toBe(client.participant);
    expect(conference.participants).toHaveLength(2);
  });
});

describe('a loopback conference: bad days', () => {
  it.each([
    ['is ICE-lite and never nominates', { ice: { lite: true } }],
    ['checks, but never nominates', { ice: { nominate: false } }],
    ['learns our credentials late, silent until then', { ice: { registerAfterMs: 600 } }],
    [
      'learns our credentials late, with errors until then',
      { ice: { registerAfterMs: 600, unregisteredAnswer: 'error-401' } },
    ],
    ['answers our first checks with 487', { ice: { roleConflicts: 3 } }],
    ['loses every fifth datagram', { impair: { lossRate: 0.2, random: seededRandom(5) } }],
    ['leaves out the media blocks', { answer: { withoutMedia: true } }],
    ['writes numbers in candidates', { answer: { numbersInCandidates: true } }],
  ] as const)('lets somebody in when it %s', async (_, behavior) => {
    await using client = await (await joinConference(conference, behavior)).connect();
    await until(() => client.participant.state === 'connected', 'the conference to be connected');
    await client.play(tone.slice(0, 50));
    await until(() => client.participant.measure().packets > 30, 'packets');
  });

  it('never answers when it is silent', async () => {
    await using client = await joinConference(conference, { silent: true }, { connectTimeoutMs: 700 });
    await expect(client.connect()).rejects.toThrow(TransportError);
    expect(client.participant.state).not.toBe('connected');
  });

  it('is found out when its fingerprint is not its own', async () => {
    await using client = await joinConference(conference, { answer: { wrongFingerprint: true } });
    const failure = await client.connect().catch((error: unknown) => error);
    expect((failure as TransportError).code).toBe('ERR_FINGERPRINT');
  });

  it('finds out somebody whose fingerprint is not their own', async () => {
    const join = conference.join;
    conference.join = (payload, behavior) => {
      const parsed = JSON.parse(payload);
      parsed.fingerprints[0].fingerprint = Array(32).fill('00').join(':');
      return join(JSON.stringify(parsed), behavior);
    };
    await using client = await joinConference(conference, {}, { connectTimeoutMs: 5000 });
    await client.connect().catch(() => {});
    await until(() => client.participant.error !== undefined, 'the conference to notice');
    expect((client.participant.error as TransportError).code).toBe('ERR_FINGERPRINT');
  });

  it('answers that the call is a broadcast, or a live stream', async () => {
    await expect(joinConference(conference, { mode: 'stream' })).rejects.toThrow('answered stream');
    await expect(joinConference(conference, { mode: 'rtmp' })).rejects.toThrow('answered rtmp');
    expect(conference.participants).toEqual([]);
  });
});

describe('a loopback conference: its end', () => {
  it('keeps what was measured of somebody who left', async () => {
    await using client = await (await joinConference(conference)).connect();
    await client.play(tone.slice(0, 20));
    await until(() => client.participant.measure().packets === 20, 'twenty packets');
    await conference.leave(client.ssrcs.audio);
    expect(client.participant.state).toBe('closed');
    expect(client.participant.measure().packets).toBe(20);
  });

  it('notices that somebody closed their transport', async () => {
    const client = await (await joinConference(conference)).connect();
    await until(() => client.participant.state === 'connected', 'the conference to be connected');
    await client.transport.close();
    await until(() => ['closed', 'failed'].includes(client.participant.state), 'the conference to notice', 15_000);
  });

  it('leaves no socket, server or timer behind', async () => {
    const resources = (): string[] => process.getActiveResourcesInfo().filter((name) => /UDP|TCP|Timeout/.test(name));
    const before = resources();
    const other = await createConference();
    await other.servePage();
    const client = await (await joinConference(other)).connect();
    await client.play(tone.slice(0, 5));
    await other.close();
    await client.transport.close();
    await until(() => resources().length <= before.length, `resources to go: ${resources().join(', ')}`);
    await other.close();
    const payload = createJoinPayload({ ssrcs: client.ssrcs, local: client.transport.localParameters });
    await expect(other.join(payload)).rejects.toThrow(CallError);
  });

  it('lets nobody in and serves no page that was not open before it closed', async () => {
    await using client = await joinConference(conference);
    const payload = createJoinPayload({ ssrcs: client.ssrcs, local: client.transport.localParameters });
    await expectNoLeaks(async () => {
      const other = await createConference();
      const opening = Promise.allSettled([other.join(payload), other.servePage()]);
      await other.close();
      const refused = { status: 'rejected', reason: { code: 'ERR_CALL_CLOSED' } };
      expect(await opening).toMatchObject([refused, refused]);
      await expect(other.servePage()).rejects.toMatchObject(refused.reason);
    });
  });
});
