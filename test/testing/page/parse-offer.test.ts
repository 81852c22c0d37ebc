import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RxcallError } from '../../../src/core/errors.ts';
import { chooseParameters } from '../../../src/testing/page/choose-parameters.ts';
import { parseOffer } from '../../../src/testing/page/parse-offer.ts';
import { CHROMIUM_OFFER } from './chromium-offer.ts';

describe('parseOffer', () => {
  const offer = parseOffer(CHROMIUM_OFFER);
  const [audio, video, data] = offer.media;

  it('reads the transport, and no candidate that hides its address', () => {
    expect(offer.ice).toEqual({ ufrag: 'NaZ2', pwd: 'HC/eWgiIuK/3BgzdxWCuSEN9' });
    expect(offer.fingerprints).toHaveLength(1);
    expect(offer.fingerprints[0]).toMatchObject({ algorithm: 'sha-256', value: expect.stringMatching(/^F4:94:B6/) });
    expect(offer.candidates).toEqual([
      {
        foundation: '3406571329',
        component: 1,
        protocol: 'udp',
        priority: 2113937151,
        ip: '192.0.2.7',
        port: 55401,
        type: 'host',
      },
    ]);
  });

  it('reads codecs with their parameters and feedback', () => {
    expect(offer.media.map(({ kind, mid, receives }) => [kind, mid, receives])).toEqual([
      ['audio', '0', true],
      ['video', '1', true],
      ['other', '2', true],
    ]);
    expect(audio!.codecs[0]).toEqual({
      payloadType: 111,
      name: 'opus',
      clockRate: 48000,
      parameters: { minptime: '10', useinbandfec: '1' },
      feedback: ['transport-cc'],
    });
    expect(video!.codecs.map(({ name }) => name)).toEqual(['vp8', 'rtx', 'h264', 'rtx', 'h264']);
    expect(video!.codecs[0]!.feedback).toEqual(['goog-remb', 'nack', 'nack pli']);
    expect(data!.codecs).toEqual([]);
  });

  it('reads extensions, whatever their direction', () => {
    expect(audio!.extensions.map(({ id }) => id)).toEqual([1, 2, 3, 9]);
  });

  it('finds transport attributes in the session part, as Firefox writes them', () => {
    const fingerprint = /a=fingerprint:.*\r\n/.exec(CHROMIUM_OFFER)![0];
    const moved = CHROMIUM_OFFER.replaceAll(fingerprint, '').replace('s=-\r\n', `s=-\r\n${fingerprint}`);
    expect(parseOffer(moved).fingerprints).toEqual(offer.fingerprints);
  });

  it('sees a section that does not want to receive', () => {
    expect(parseOffer(CHROMIUM_OFFER.replace('a=recvonly', 'a=sendonly')).media[0]!.receives).toBe(false);
  });

  it.each([
    ['nothing', '', /does not begin/],
    ['no section', 'v=0\r\n', /no m= section/],
    ['no credentials', CHROMIUM_OFFER.replaceAll(/a=ice-pwd:.*\r\n/g, ''), /ice-pwd/],
    ['no fingerprint', CHROMIUM_OFFER.replaceAll(/a=fingerprint:.*\r\n/g, ''), /fingerprint/],
  ])('refuses an offer with %s', (_, sdp, message) => {
    expect(() => parseOffer(sdp)).toThrow(RxcallError);
    expect(() => parseOffer(sdp)).toThrow(message);
  });

  it('throws nothing but its own error, wherever an offer is damaged', () => {
    const lines = CHROMIUM_OFFER.split('\r\n');
    const damaged = fc
      .array(fc.record({ at: fc.nat(lines.length - 1), cut: fc.nat(30) }), { maxLength: 10 })
      .map((cuts) => lines.map((line, index) => line.slice(0, cuts.find(({ at }) => at === index)?.cut)).join('\n'));
    fc.assert(
      fc.property(fc.oneof(fc.string(), damaged), (sdp) => {
        try {
          parseOffer(sdp);
        } catch (error) {
          expect(error).toBeInstanceOf(RxcallError);
        }
      }),
    );
  });
});

describe('chooseParameters', () => {
  const { media } = parseOffer(CHROMIUM_OFFER);

  it('takes payload types and extension ids from the offer, and only extensions that can be written', () => {
    const opus = chooseParameters(media[0]!, 'opus');
    expect(opus).toMatchObject({ codec: 'opus', payloadType: 111, clockRate: 48000, rtxPayloadType: undefined });
    expect(opus!.headerExtensions.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(chooseParameters(media[1]!, 'vp8')).toMatchObject({ payloadType: 96, rtxPayloadType: 97 });
  });

  it('takes the H.264 that may be cut into fragments', () => {
    expect(chooseParameters(media[1]!, 'h264')).toMatchObject({ payloadType: 108, rtxPayloadType: undefined });
  });

  it('finds nothing where the codec is missing or nothing is to be received', () => {
    expect(chooseParameters(media[0]!, 'vp8')).toBeUndefined();
    expect(chooseParameters({ ...media[0]!, receives: false }, 'opus')).toBeUndefined();
  });
});
