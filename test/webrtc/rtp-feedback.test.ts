import { describe, expect, it } from 'vitest';
import {
  buildReceiverReport,
  parseSourceDescription,
  parseBye,
  parseSenderReport,
  type SenderReport,
} from '../../src/webrtc/rtcp/reports.ts';
import { buildFir, buildNack, buildPli, buildRemb } from '../../src/webrtc/rtcp/feedback.ts';
import { buildTransportFeedback } from '../../src/webrtc/rtcp/transport-feedback.ts';
import { RTCP_BYE, RTCP_SDES, RTCP_SR, visitRtcp } from '../../src/webrtc/rtcp/compound.ts';
import type { AcknowledgedPacket } from '../../src/webrtc/rtp/transport-log.ts';
import { AUDIO, createPeers, opusSample, type Peers } from './rtp-peers.ts';

interface Compound {
  readonly atUs: number;
  readonly reports: SenderReport[];
  readonly names: { ssrc: number; cname: string }[];
  readonly leaving: number[];
}

/** Collects what arrives at the other side by way of RTCP. */
function collect(peers: Peers): Compound[] {
  const compounds: Compound[] = [];
  peers.them.onRtcp = (compound) => {
    const found: Compound = { atUs: peers.clock.nowUs(), reports: [], names: [], leaving: [] };
    visitRtcp(compound as Buffer, (type, count, packet) => {
      if (type === RTCP_SR) found.reports.push(parseSenderReport(packet)!);
      else if (type === RTCP_SDES) found.names.push(...parseSourceDescription(count, packet));
      else if (type === RTCP_BYE) found.leaving.push(...parseBye(count, packet));
    });
    compounds.push(found);
  };
  return compounds;
}

function play(peers: Peers, tracks: ReturnType<Peers['us']['createTrack']>[], frames: number): void {
  for (let i = 0; i < frames; i++) {
    for (const track of tracks) track.write(opusSample(peers.clock.nowUs()));
    peers.clock.advance(20_000);
  }
}

describe('sender reports', () => {
  it('come soon after the first packet, then every 0.5 to 1.5 s, with the names of the sources', () => {
    const peers = createPeers();
    const compounds = collect(peers);
    const track = peers.us.createTrack(AUDIO);
    peers.start();
    peers.clock.advance(5_000_000);
    expect(compounds).toEqual([]);
    const startUs = peers.clock.nowUs();
    play(peers, [track], 1000);
    expect(compounds.length).toBeGreaterThan(12);
    expect(compounds[0]!.atUs - startUs).toBeLessThanOrEqual(100_000);
    compounds.slice(1).forEach(({ atUs }, i) => {
      expect(atUs - compounds[i]!.atUs).toBeGreaterThanOrEqual(500_000);
      expect(atUs - compounds[i]!.atUs).toBeLessThanOrEqual(1_500_000);
    });
    for (const { names } of compounds) expect(names).toEqual([{ ssrc: AUDIO.ssrc, cname: 'somebody' }]);
  });

  it('put RTP time on one line with wall-clock time, over pauses, for all tracks alike', () => {
    const peers = createPeers();
    const compounds = collect(peers);
    const audio = peers.us.createTrack(AUDIO, { timestamp: 5000 });
    const other = peers.us.createTrack({ ...AUDIO, ssrc: 8 }, { timestamp: 0xfffff000 });
    peers.start();
    const epochUs = peers.clock.nowUs();
    play(peers, [audio, other], 100);
    peers.clock.advance(5_000_000);
    play(peers, [audio, other], 100);
    const first = peers.received[0]!;
    expect(compounds.length).toBeGreaterThan(5);
    for (const { reports, atUs } of compounds) {
      expect(reports.map(({ ssrc }) => ssrc)).toEqual([AUDIO.ssrc, 8]);
      const ticks = Math.round(((atUs - epochUs) * 48_000) / 1e6);
      expect(reports[0]!.rtpTimestamp).toBe((5000 + ticks) >>> 0);
      expect(reports[1]!.rtpTimestamp).toBe((0xfffff000 + ticks) >>> 0);
      const wallS = reports[0]!.ntpSeconds + reports[0]!.ntpFraction / 2 ** 32;
      const firstWallS = compounds[0]!.reports[0]!.ntpSeconds + compounds[0]!.reports[0]!.ntpFraction / 2 ** 32;
      expect(wallS - firstWallS).toBeCloseTo((atUs - compounds[0]!.atUs) / 1e6, 5);
    }
    expect(first.timestamp).toBe(5000);
    const wallS = compounds[0]!.reports[0]!.ntpSeconds - 2_208_988_800;
    expect(Math.abs(wallS - Date.now() / 1000)).toBeLessThan(30);
  });

  it('count packets and payload bytes', () => {
    const peers = createPeers();
    const compounds = collect(peers);
    const track = peers.us.createTrack(AUDIO);
    peers.start();
    play(peers, [track], 200);
    const last = compounds.at(-1)!;
    const sent = peers.received.filter(({ arrivalMs }) => arrivalMs * 1000 < last.atUs).length;
    expect(last.reports[0]).toMatchObject({ packetCount: sent, octetCount: sent * 101 });
  });

  it('say BYE on close, for tracks that sent something', () => {
    const peers = createPeers();
    const compounds = collect(peers);
    const track = peers.us.createTrack(AUDIO);
    peers.us.createTrack({ ...AUDIO, ssrc: 8 });
    peers.start();
    play(peers, [track], 1);
    peers.us.close();
    expect(compounds.at(-1)!.leaving).toEqual([AUDIO.ssrc]);
    expect(compounds.at(-1)!.reports).toHaveLength(1);
  });
});

describe('feedback', () => {
  it('of receivers shows in the statistics, with the round trip', () => {
    const peers = createPeers();
    const compounds = collect(peers);
    const track = peers.us.createTrack(AUDIO);
    expect(track.getStats()).toMatchObject({ remoteFractionLost: null, roundTripMs: null, remoteJitterMs: null });
    peers.start();
    play(peers, [track], 10);
    const { ntpSeconds, ntpFraction } = compounds.at(-1)!.reports[0]!;
    peers.clock.advance(500_000 + 80_000 - (peers.clock.nowUs() - compounds.at(-1)!.atUs));
    const block = {
      ssrc: AUDIO.ssrc,
      fractionLost: 0.25,
      packetsLost: 7,
      highestSequence: 0,
      jitter: 480,
      lastSenderReport: (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0,
      delaySinceLastSenderReport: 0.5 * 65_536,
    };
    peers.them.sendRtcp(buildReceiverReport(5, [block, { ...block, ssrc: 99 }]));
    const stats = track.getStats();
    expect(stats).toMatchObject({ remoteFractionLost: 0.25, remotePacketsLost: 7, remoteJitterMs: 10 });
    expect(stats.roundTripMs).toBeCloseTo(80, 0);
  });

  it('asking for a keyframe reaches the track it means: PLI by media SSRC, FIR by what is inside', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    const other = peers.us.createTrack({ ...AUDIO, ssrc: 8 });
    const asked: string[] = [];
    track.keyframeRequests$.subscribe((kind) => asked.push(kind));
    other.keyframeRequests$.subscribe((kind) => asked.push(`other ${kind}`));
    peers.start();
    peers.them.sendRtcp(buildPli(1, AUDIO.ssrc));
    peers.them.sendRtcp(buildPli(1, 12_345));
    peers.them.sendRtcp(buildFir(1, [{ ssrc: AUDIO.ssrc, sequence: 1 }]));
    peers.them.sendRtcp(buildFir(1, [{ ssrc: AUDIO.ssrc, sequence: 1 }]));
    peers.them.sendRtcp(
      buildFir(1, [
        { ssrc: 8, sequence: 4 },
        { ssrc: AUDIO.ssrc, sequence: 2 },
      ]),
    );
    expect(asked).toEqual(['pli', 'fir', 'other fir', 'fir']);
    expect(track.getStats()).toMatchObject({ pliCount: 1, firCount: 3 });
  });

  it('with a bitrate estimate shows in the statistics of the session', () => {
    const peers = createPeers();
    peers.start();
    expect(peers.us.stats().remoteBitrateEstimate).toBeNull();
    peers.them.sendRtcp(buildRemb(1, { bitsPerSecond: 640_000, ssrcs: [AUDIO.ssrc] }));
    expect(peers.us.stats().remoteBitrateEstimate).toBe(640_000);
    peers.start(); // with another peer, who has said nothing
    expect(peers.us.stats().remoteBitrateEstimate).toBeNull();
  });

  it('per packet puts departure and arrival side by side', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO);
    const acknowledged: AcknowledgedPacket[] = [];
    peers.us.onAcknowledged = (packets) => acknowledged.push(...packets);
    peers.start();
    const startUs = peers.clock.nowUs();
    play(peers, [track], 5);
    const { packet } = buildTransportFeedback({
      senderSsrc: 1,
      mediaSsrc: AUDIO.ssrc,
      baseSequence: 0,
      feedbackCount: 0,
      arrivalsUs: [1_000_000, undefined, 1_040_000, 1_061_000],
    });
    peers.them.sendRtcp(packet);
    expect(acknowledged.map(({ sentUs }) => sentUs - startUs)).toEqual([0, 20_000, 40_000, 60_000]);
    const [first] = acknowledged;
    expect(acknowledged.map(({ arrivalUs }) => arrivalUs && arrivalUs - first!.arrivalUs!)).toEqual([
      0,
      null,
      40_000,
      61_000,
    ]);
    expect(first!.bytes).toBeGreaterThan(101);
  });

  it('of NACKs is answered with the very bytes that were lost, once per round trip, from the first NACK on', () => {
    const peers = createPeers();
    const track = peers.us.createTrack(AUDIO, { sequence: 65_529 });
    peers.start();
    let media = 0;
    peers.deliver = (datagram) => (datagram[1]! & 0x7f) !== 111 || (++media !== 1 && media !== 6);
    play(peers, [track], 1);
    peers.them.sendRtcp(buildNack(1, AUDIO.ssrc, [65_529]));
    expect(track.getStats()).toMatchObject({ nackCount: 1, retransmittedPackets: 0 });
    play(peers, [track], 10);
    const sequences = peers.received.map(({ sequenceNumber }) => sequenceNumber);
    const lost = Array.from({ length: 10 }, (_, i) => (65_530 + i) & 0xffff).filter((seq) => !sequences.includes(seq));
    expect(lost).toEqual([65_534]);
    peers.them.sendRtcp(buildNack(1, AUDIO.ssrc, lost));
    peers.them.sendRtcp(buildNack(1, AUDIO.ssrc, lost));
    expect(peers.received).toHaveLength(10);
    expect(peers.received.at(-1)!.sequenceNumber).toBe(65_534);
    expect(track.getStats()).toMatchObject({ nackCount: 3, retransmittedPackets: 1 });
    peers.them.sendRtcp(buildNack(1, AUDIO.ssrc, [65_000, 20_000]));
    expect(track.getStats()).toMatchObject({ nackCount: 4, retransmittedPackets: 1 });
    expect(peers.them.stats().packetsRejected).toBe(0);
  });
});
