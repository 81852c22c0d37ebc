import type { LocalParameters } from '../../src/webrtc/types.ts';
import { PAYLOAD_TYPE, rtpTemplate, SSRC, type OpenSender } from './sender.ts';

/** The part of node-datachannel that is used. */
interface NodeDatachannel {
  Audio: new (
    mid: string,
    direction: 'SendOnly',
  ) => {
    addOpusCodec(payloadType: number): void;
    addSSRC(ssrc: number, cname: string): void;
  };
  PeerConnection: new (name: string, options: object) => PeerConnection;
  cleanup(): void;
}

interface PeerConnection {
  addTrack(media: object): {
    isOpen(): boolean;
    onOpen(callback: () => void): void;
    sendMessageBinary(packet: Buffer): boolean;
  };
  setLocalDescription(type: 'offer'): void;
  setRemoteDescription(sdp: string, type: 'answer'): void;
  localDescription(): { sdp: string } | null;
  onGatheringStateChange(callback: (state: string) => void): void;
  close(): void;
}

/** libdatachannel, native, by way of node-datachannel: `npm i --no-save node-datachannel`. */
export const openNodeDatachannel: OpenSender = async (peer, profile, sizes) => {
  const name: string = 'node-datachannel';
  const { default: library } = (await import(name)) as { default: NodeDatachannel };
  const connection = new library.PeerConnection('bench', { iceServers: [], bindAddress: '127.0.0.1' });
  const gathered = new Promise<void>((resolve) =>
    connection.onGatheringStateChange((state) => state === 'complete' && resolve()),
  );
  const media = new library.Audio('0', 'SendOnly');
  media.addOpusCodec(PAYLOAD_TYPE);
  media.addSSRC(SSRC, 'bench');
  const track = connection.addTrack(media);
  connection.setLocalDescription('offer');
  await gathered;

  const theirs = await peer.ask({ ask: 'open', iceRole: 'controlled', profile });
  const opened = new Promise<void>((resolve) => track.onOpen(resolve));
  connection.setRemoteDescription(answerSdp(theirs), 'answer');
  await peer.ask({ ask: 'connect', remote: readSdp(connection.localDescription()!.sdp) });
  await opened;

  const packets = sizes.map((bytes) => rtpTemplate(bytes, 0));
  let sequenceNumber = 0;
  return {
    send(payload = 0) {
      const packet = packets[payload]!;
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
      packet.writeUInt16BE(sequenceNumber, 2);
      packet.writeUInt32BE(sequenceNumber * 960, 4);
      track.sendMessageBinary(packet);
    },
    close() {
      connection.close();
      library.cleanup();
    },
  };
};

function readSdp(sdp: string): LocalParameters {
  const value = (name: string): string => new RegExp(`^a=${name}:(.*?)\\s*$`, 'm').exec(sdp)![1]!;
  const [algorithm, fingerprint] = value('fingerprint').split(' ');
  const candidates = [...sdp.matchAll(/^a=candidate:(\S+) (\d+) udp (\d+) (\S+) (\d+) typ host/gim)].map(
    ([, foundation, component, priority, ip, port]) => ({
      foundation: foundation!,
      component: Number(component),
      protocol: 'udp' as const,
      priority: Number(priority),
      ip: ip!,
      port: Number(port),
      type: 'host' as const,
    }),
  );
  return {
    ice: { ufrag: value('ice-ufrag'), pwd: value('ice-pwd') },
    candidates,
    fingerprints: [{ algorithm: algorithm!, value: fingerprint! }],
    dtlsRole: 'server',
  };
}

function answerSdp({ ice, candidates, fingerprints }: LocalParameters): string {
  const [fingerprint] = fingerprints;
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${PAYLOAD_TYPE}`,
    'c=IN IP4 127.0.0.1',
    'a=mid:0',
    'a=recvonly',
    'a=rtcp-mux',
    `a=rtpmap:${PAYLOAD_TYPE} opus/48000/2`,
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.pwd}`,
    `a=fingerprint:${fingerprint!.algorithm} ${fingerprint!.value}`,
    'a=setup:active',
    ...candidates.map((c) => `a=candidate:${c.foundation} ${c.component} udp ${c.priority} ${c.ip} ${c.port} typ host`),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}
