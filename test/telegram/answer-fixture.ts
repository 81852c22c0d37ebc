/** An answer as the server writes it: strings in candidates, both media blocks. A new object each time. */
export function sampleAnswer(): {
  transport: Record<string, unknown> & {
    candidates: Record<string, unknown>[];
    fingerprints: Record<string, unknown>[];
  };
  audio: Record<string, unknown>;
  video: Record<string, unknown>;
} {
  const candidate = { generation: '0', component: '1', protocol: 'udp', port: '32001', type: 'host', network: '0' };
  return {
    transport: {
      xmlns: 'urn:xmpp:jingle:transports:ice-udp:1',
      'rtcp-mux': true,
      ufrag: '8f2ja1hq3cs0nd',
      pwd: '4kd0l1m9b2u8q6v7c5x3z1a0s9',
      fingerprints: [{ hash: 'SHA-256', setup: 'active', fingerprint: Array(32).fill('3a').join(':') }],
      candidates: [
        { ...candidate, ip: '192.0.2.5', foundation: '1', id: '1d2c3b4a0', priority: '2130706431' },
        { ...candidate, ip: '2001:db8::5', foundation: '2', id: '1d2c3b4a1', priority: '2130706430' },
      ],
    },
    audio: {
      'payload-types': [
        { id: 109, name: 'opus', clockrate: 48000, channels: 2, 'rtcp-fbs': [{ type: 'transport-cc' }] },
        { id: 126, name: 'telephone-event', clockrate: 8000, channels: 1 },
      ],
      'rtp-hdrexts': [
        { id: 5, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' },
        { id: 6, uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time' },
      ],
    },
    video: {
      endpoint: '7a3f9c1e',
      server_sources: [-1519273841],
      'payload-types': [
        {
          id: 96,
          name: 'VP8',
          clockrate: 90000,
          'rtcp-fbs': [{ type: 'ccm fir' }, { type: 'nack', subtype: 'pli' }, { type: 'goog-remb' }],
        },
        { id: 97, name: 'rtx', clockrate: 90000, parameters: { apt: '96' } },
        { id: 102, name: 'H264', clockrate: 90000, parameters: { 'packetization-mode': '0' } },
        { id: 104, name: 'H264', clockrate: 90000, parameters: { 'packetization-mode': 1 } },
        { id: 105, name: 'rtx', clockrate: 90000, parameters: { apt: 104 } },
      ],
      'rtp-hdrexts': [{ id: 13, uri: 'urn:3gpp:video-orientation' }],
    },
  };
}
