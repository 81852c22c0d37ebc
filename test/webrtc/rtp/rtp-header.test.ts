import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpPacket } from 'werift';
import { findExtension, layoutRtpHeader, rtpHeaderLength } from '../../../src/webrtc/rtp/rtp-header.ts';
import { RtpPacketView } from '../../../src/webrtc/rtp/rtp-packet.ts';
import { MID_URI, VIDEO_ORIENTATION_URI } from '../../../src/webrtc/types.ts';
import { AUDIO } from '../rtp-peers.ts';

const withExtensions = (...headerExtensions: { id: number; uri: string }[]) => ({
  ...AUDIO,
  parameters: { ...AUDIO.parameters, headerExtensions },
});

describe('layoutRtpHeader', () => {
  it('puts every negotiated extension in its place, as werift reads it', () => {
    const options = withExtensions(...AUDIO.parameters.headerExtensions, { id: 14, uri: MID_URI });
    const layout = layoutRtpHeader({ ...options, mid: 'audio0' }, 77, 111);
    const packet = Buffer.from(layout.template);
    packet[layout.audioLevelAt] = 0x94;
    packet.writeUIntBE(0x123456, layout.absSendTimeAt, 3);
    packet.writeUInt16BE(0xabcd, layout.transportSequenceAt);
    expect(packet.length % 4).toBe(0);
    const { header, payload } = RtpPacket.deSerialize(Buffer.concat([packet, Buffer.from('payload')]));
    expect(payload.toString()).toBe('payload');
    expect(header).toMatchObject({ ssrc: 77, payloadType: 111, marker: false, padding: false });
    expect(header.extensions.map(({ id, payload }) => [id, payload.toString('hex')])).toEqual([
      [1, '94'],
      [2, '123456'],
      [3, 'abcd'],
      [14, Buffer.from('audio0').toString('hex')],
    ]);
  });

  it('leaves out what was not negotiated, or has nothing to say', () => {
    const bare = layoutRtpHeader(
      withExtensions({ id: 13, uri: VIDEO_ORIENTATION_URI }, { id: 4, uri: MID_URI }),
      1,
      111,
    );
    expect(bare.template).toEqual(Buffer.from('806f00000000000000000001', 'hex'));
    expect(bare).toMatchObject({ audioLevelAt: 0, absSendTimeAt: 0, transportSequenceAt: 0 });
    const video = layoutRtpHeader({ ...AUDIO, kind: 'video' }, 1, 100);
    expect(video.audioLevelAt).toBe(0);
    expect(video.absSendTimeAt).toBeGreaterThan(0);
  });

  it('goes over to the two-byte form when an id or a value asks for it', () => {
    const [level, ...rest] = AUDIO.parameters.headerExtensions;
    const layout = layoutRtpHeader(withExtensions({ ...level!, id: 200 }, ...rest), 1, 111);
    expect(layout.template.readUInt16BE(12)).toBe(0x1000);
    const packet = Buffer.from(layout.template);
    packet[layout.audioLevelAt] = 5;
    expect(findExtension(packet, packet.length, 200)).toEqual(Buffer.of(5));
    const mid = layoutRtpHeader({ ...withExtensions({ id: 4, uri: MID_URI }), mid: 'm'.repeat(20) }, 1, 111).template;
    expect(findExtension(mid, mid.length, 4)!.toString()).toBe('m'.repeat(20));
  });

  it('refuses ids that no form has', () => {
    for (const id of [0, 15, 256, 1.5]) {
      expect(() => layoutRtpHeader(withExtensions({ ...AUDIO.parameters.headerExtensions[0]!, id }), 1, 111)).toThrow(
        'id',
      );
    }
  });
});

describe('a received packet', () => {
  it('is measured with its contributing sources and its extensions', () => {
    const packet = Buffer.from(
      '9261' + '0001' + '00000002' + '00000003' + '0000000a0000000b' + 'bede0001' + '10aa0000' + 'ff',
      'hex',
    );
    const headerLength = rtpHeaderLength(packet, packet.length);
    expect(headerLength).toBe(28);
    const view = RtpPacketView.of(packet, headerLength, packet.length, 5)!;
    expect(view).toMatchObject({
      ssrc: 3,
      payloadType: 0x61,
      sequenceNumber: 1,
      timestamp: 2,
      marker: false,
      padding: 0,
    });
    expect(view.payload).toEqual(Buffer.of(0xff));
    expect(view.extension(1)).toEqual(Buffer.of(0xaa));
    expect(view.extension(2)).toBeUndefined();
  });

  it('loses its padding, and is refused when there is more of it than packet', () => {
    const padded = Buffer.from('a0610001' + '00000002' + '00000003' + 'ffff000003', 'hex');
    const view = RtpPacketView.of(padded, 12, padded.length, 0)!;
    expect(view.padding).toBe(3);
    expect(view.payload).toEqual(Buffer.of(0xff, 0xff));
    for (const last of [0, 6]) {
      padded[padded.length - 1] = last;
      expect(RtpPacketView.of(padded, 12, padded.length, 0)).toBeUndefined();
    }
  });

  it('is never read past its header, whatever its extensions claim', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, two, id) => {
          const packet = Buffer.concat([Buffer.alloc(16), bytes]);
          packet[0] = 0x90;
          packet.writeUInt16BE(two ? 0x1000 : 0xbede, 12);
          packet.writeUInt16BE(Math.floor(bytes.length / 4), 14);
          const headerLength = rtpHeaderLength(packet, packet.length);
          const value = findExtension(packet, headerLength, id);
          if (value) expect(value.byteOffset + value.length).toBeLessThanOrEqual(packet.byteOffset + headerLength);
        },
      ),
    );
  });
});
