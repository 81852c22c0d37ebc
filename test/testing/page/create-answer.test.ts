import { describe, expect, it } from 'vitest';
import { chooseParameters } from '../../../src/testing/page/choose-parameters.ts';
import { createAnswer } from '../../../src/testing/page/create-answer.ts';
import { parseOffer } from '../../../src/testing/page/parse-offer.ts';
import type { LocalParameters } from '../../../src/webrtc/types.ts';
import { CHROMIUM_OFFER } from './chromium-offer.ts';

const local: LocalParameters = {
  ice: { ufrag: 'abcd', pwd: 'abcdefghijklmnopqrstuv' },
  candidates: [
    { foundation: '1', component: 1, protocol: 'udp', priority: 99, ip: '127.0.0.1', port: 4321, type: 'host' },
  ],
  fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }],
  dtlsRole: 'server',
};
const offer = parseOffer(CHROMIUM_OFFER);
const parameters = chooseParameters(offer.media[0]!, 'opus')!;
const sections = (sdp: string): string[][] =>
  sdp
    .split(/^(?=m=)/m)
    .slice(1)
    .map((section) => section.trim().split('\r\n'));

describe('createAnswer', () => {
  const answer = createAnswer(offer, local, [{ mid: '0', ssrc: 77, parameters, cname: 'me' }]);
  const [audio, video, data] = sections(answer);

  it('accepts the section of a stream and declines the others, in the order of the offer', () => {
    expect(audio![0]).toBe('m=audio 9 UDP/TLS/RTP/SAVPF 111');
    expect(video![0]).toBe('m=video 0 UDP/TLS/RTP/SAVPF 96 97 102 103 108');
    expect(data![0]).toBe('m=application 0 UDP/DTLS/SCTP webrtc-datachannel');
    expect(answer).toContain('a=group:BUNDLE 0\r\n');
  });

  it('says who we are and what we send', () => {
    expect(audio).toEqual(
      expect.arrayContaining([
        'a=mid:0',
        'a=sendonly',
        'a=rtcp-mux',
        'a=ice-ufrag:abcd',
        'a=ice-pwd:abcdefghijklmnopqrstuv',
        'a=fingerprint:sha-256 AB:CD',
        'a=setup:passive',
        'a=candidate:1 1 udp 99 127.0.0.1 4321 typ host',
        'a=end-of-candidates',
        'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
        'a=rtpmap:111 opus/48000/2',
        'a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1',
        'a=rtcp-fb:111 transport-cc',
        'a=msid:me audio-77',
        'a=ssrc:77 cname:me',
      ]),
    );
  });

  it('pairs video with its retransmissions', () => {
    const vp8 = chooseParameters(offer.media[1]!, 'vp8')!;
    const [, section] = sections(
      createAnswer(offer, local, [{ mid: '1', ssrc: 5, rtxSsrc: 6, parameters: vp8, cname: 'me' }]),
    );
    expect(section![0]).toBe('m=video 9 UDP/TLS/RTP/SAVPF 96 97');
    expect(section).toEqual(
      expect.arrayContaining([
        'a=rtpmap:97 rtx/90000',
        'a=fmtp:97 apt=96',
        'a=ssrc-group:FID 5 6',
        'a=rtcp-fb:96 nack',
      ]),
    );
  });

  it('ends every line as SDP wants it', () => {
    expect(answer.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(answer.endsWith('\r\n')).toBe(true);
  });
});
