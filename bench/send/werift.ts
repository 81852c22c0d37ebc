import {
  IceCandidate,
  RTCDtlsFingerprint,
  RTCDtlsParameters,
  RTCDtlsTransport,
  RTCIceGatherer,
  RTCIceParameters,
  RTCIceTransport,
  RTCRtcpParameters,
  RTCRtpHeaderExtensionParameters,
  RTCRtpSender,
  RTP_EXTENSION_URI,
  RtpHeader,
  RtpPacket,
  useOPUS,
} from 'werift';
import type { LocalParameters } from '../../src/webrtc/types.ts';
import { EXTENSION_IDS, PAYLOAD_TYPE, SSRC, type OpenSender } from './sender.ts';

const PROFILE_NUMBERS = { AEAD_AES_128_GCM: 7, AES_CM_128_HMAC_SHA1_80: 1 } as const;

/** werift as it comes: its `RTCRtpSender` on its own ICE and DTLS. */
export const openWerift: OpenSender = async (peer, profile, sizes) => {
  const gatherer = new RTCIceGatherer({
    useIpv4: false,
    useIpv6: false,
    additionalHostAddresses: ['127.0.0.1'],
    interfaceAddresses: { udp4: '127.0.0.1' },
  });
  const ice = new RTCIceTransport(gatherer);
  delete gatherer.connection.stunServer; // it would ask a public one otherwise
  gatherer.connection.iceControlling = true;
  await ice.gather();
  const certificate = await RTCDtlsTransport.SetupCertificate();
  const dtls = new RTCDtlsTransport({ debug: {} }, ice, certificate, [PROFILE_NUMBERS[profile]]);
  dtls.role = 'server';

  const theirs = await peer.ask({ ask: 'open', iceRole: 'controlled', profile });
  ice.setRemoteParams(new RTCIceParameters({ usernameFragment: theirs.ice.ufrag, password: theirs.ice.pwd }));
  for (const { foundation, component, ip, port, priority, protocol, type } of theirs.candidates) {
    await ice.addRemoteCandidate(new IceCandidate(component, foundation, ip, port, priority, protocol, type));
  }
  await ice.addRemoteCandidate(undefined);
  const fingerprints = theirs.fingerprints.map(({ algorithm, value }) => new RTCDtlsFingerprint(algorithm, value));
  dtls.setRemoteParams(new RTCDtlsParameters(fingerprints, 'auto'));

  const secured = dtls.start(); // first, or the peer's first flight could be missed
  await Promise.all([ice.start(), peer.ask({ ask: 'connect', remote: parametersOf(ice, dtls) })]);
  await secured;

  const sender = new RTCRtpSender('audio');
  (sender as { ssrc: number }).ssrc = SSRC;
  sender.setDtlsTransport(dtls);
  sender.prepareSend({
    codecs: [useOPUS({ payloadType: PAYLOAD_TYPE })],
    rtcp: new RTCRtcpParameters({ cname: 'bench', mux: true }),
    headerExtensions: [
      new RTCRtpHeaderExtensionParameters({
        id: EXTENSION_IDS.audioLevel,
        uri: RTP_EXTENSION_URI.audioLevelIndication,
      }),
      new RTCRtpHeaderExtensionParameters({ id: EXTENSION_IDS.absSendTime, uri: RTP_EXTENSION_URI.absSendTime }),
      new RTCRtpHeaderExtensionParameters({
        id: EXTENSION_IDS.transportSequence,
        uri: RTP_EXTENSION_URI.transportWideCC,
      }),
    ],
  });
  const payloads = sizes.map((bytes) => Buffer.alloc(bytes, 0x5a));
  const level = Buffer.of(0x94);
  let sequenceNumber = 0;
  return {
    send(payload = 0) {
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
      const header = new RtpHeader({
        ssrc: SSRC,
        payloadType: PAYLOAD_TYPE,
        sequenceNumber,
        timestamp: sequenceNumber * 960,
      });
      header.extensions = [{ id: EXTENSION_IDS.audioLevel, payload: level }];
      void sender.sendRtp(new RtpPacket(header, payloads[payload]!));
    },
    async close() {
      sender.stop();
      await dtls.stop();
      await ice.stop();
    },
  };
};

function parametersOf(ice: RTCIceTransport, dtls: RTCDtlsTransport): LocalParameters {
  const { usernameFragment, password } = ice.localParameters;
  return {
    ice: { ufrag: usernameFragment, pwd: password },
    candidates: ice.localCandidates.map(({ foundation, component, protocol, priority, ip, port, type }) => ({
      foundation,
      component,
      protocol: protocol as 'udp',
      priority,
      ip,
      port,
      type: type as 'host',
    })),
    fingerprints: dtls.localParameters.fingerprints.map(({ algorithm, value }) => ({ algorithm, value })),
    dtlsRole: 'server',
  };
}
