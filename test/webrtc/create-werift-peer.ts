import { IceCandidate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport, RTCIceGatherer } from 'werift';
import { RTCIceParameters, RTCIceTransport } from 'werift';
import type {
  DtlsRole,
  IceCandidate as Candidate,
  IceRole,
  RemoteParameters,
  WebRtcTransport,
} from '../../src/webrtc/types.ts';

const PROFILE_IDS = { AEAD_AES_128_GCM: 7, AES_CM_128_HMAC_SHA1_80: 1 } as const;

export interface WeriftPeer {
  readonly ice: RTCIceTransport;
  readonly dtls: RTCDtlsTransport;
  readonly parameters: RemoteParameters;
  connect(us: Pick<WebRtcTransport, 'localParameters'>): Promise<void>;
}

/** A peer built from werift's own full ICE agent, DTLS and SRTP. */
export async function createWeriftPeer(
  iceRole: IceRole,
  dtlsRole: DtlsRole,
  profile: keyof typeof PROFILE_IDS,
  options: { readonly useTcp?: boolean } = {},
): Promise<WeriftPeer> {
  const gatherer = new RTCIceGatherer({
    useIpv4: false,
    useIpv6: false,
    additionalHostAddresses: ['127.0.0.1'],
    interfaceAddresses: { udp4: '127.0.0.1' },
    ...options,
  });
  Object.assign(gatherer.connection, { stunServer: undefined, iceControlling: iceRole === 'controlling' });
  const ice = new RTCIceTransport(gatherer);
  await ice.gather();
  const certificate = await RTCDtlsTransport.SetupCertificate();
  const dtls = new RTCDtlsTransport({ debug: {} }, ice, certificate, [PROFILE_IDS[profile]]);
  dtls.role = dtlsRole;
  const { usernameFragment: ufrag, password: pwd } = ice.localParameters;
  const parameters: RemoteParameters = {
    ice: { ufrag, pwd },
    candidates: ice.localCandidates.map((one) => ({
      foundation: one.foundation,
      component: one.component,
      protocol: one.protocol as Candidate['protocol'],
      priority: one.priority,
      ip: one.ip,
      port: one.port,
      type: 'host',
      tcpType: one.tcpType as Candidate['tcpType'],
    })),
    fingerprints: dtls.localParameters.fingerprints.map(({ algorithm, value }) => ({ algorithm, value })),
  };
  const connect = async (us: Pick<WebRtcTransport, 'localParameters'>): Promise<void> => {
    const { ice: credentials, candidates, fingerprints } = us.localParameters;
    ice.setRemoteParams(
      new RTCIceParameters({ iceLite: false, usernameFragment: credentials.ufrag, password: credentials.pwd }),
    );
    for (const { component, foundation, ip, port, priority, protocol, type, tcpType } of candidates) {
      const candidate = new IceCandidate(component, foundation, ip, port, priority, protocol, type);
      await ice.addRemoteCandidate(Object.assign(candidate, { tcpType }));
    }
    await ice.addRemoteCandidate(undefined);
    const expected = fingerprints.map(({ algorithm, value }) => new RTCDtlsFingerprint(algorithm, value));
    dtls.setRemoteParams(new RTCDtlsParameters(expected, 'auto'));
    const secured = dtlsRole === 'server' ? dtls.start() : undefined;
    await ice.start();
    await (secured ?? dtls.start());
  };
  return { ice, dtls, parameters, connect };
}
