import { RtpPacket, Vp8RtpPayload } from 'werift';
import { AUDIO_BYTES, makeOgg, PACKETS_PER_PICTURE, VIDEO_BYTES, vp8Frame } from '../calls/media-files.ts';
import { createIvfDemuxer } from '../../src/media/ivf-demuxer.ts';
import { createOggDemuxer } from '../../src/media/ogg-demuxer.ts';
import { createVp8Depacketizer } from '../../src/media/vp8-depacketizer.ts';
import { createVp8Packetizer } from '../../src/media/vp8-packetizer.ts';
import { rtpHeaderLength } from '../../src/webrtc/rtp/rtp-header.ts';
import { RtpPacketView } from '../../src/webrtc/rtp/rtp-packet.ts';
import { HEADER_BYTES, rtpTemplate } from '../send/sender.ts';

export interface Parser {
  readonly impl: string;
  /** Of one packet. */
  readonly bytes: number;
  /** Parses `packets`, or a few more, and returns how many. */
  parse(packets: number): number;
}

/** As files are read. */
const CHUNK_BYTES = 65_536;
const SECONDS = 60;
const VP8_PAYLOAD_BYTES = 1120;

export function createParsers(): Parser[] {
  const ogg = makeOgg(SECONDS);
  const ivf = makeIvf(SECONDS);
  const payloads = vp8Payloads();
  const rtp = rtpTemplate(AUDIO_BYTES, 0);
  const parsers: Parser[] = [
    demuxes('rxcall, ogg', AUDIO_BYTES, ogg, (onSample) => createOggDemuxer({ onSample })),
    demuxes('rxcall, ivf', vp8Frame(false).length, ivf, (onSample) => createIvfDemuxer({ onSample })),
    { impl: 'rxcall, vp8 write', bytes: VIDEO_BYTES, parse: packetizes },
    { impl: 'rxcall, vp8 read', bytes: VIDEO_BYTES, parse: depacketizes(payloads) },
    {
      impl: 'werift, vp8 read',
      bytes: VIDEO_BYTES,
      parse: repeats((i) => void Vp8RtpPayload.deSerialize(payloads[i % payloads.length]!)),
    },
    {
      impl: 'rxcall, rtp',
      bytes: rtp.length,
      parse: repeats(() => {
        const packet = RtpPacketView.of(rtp, rtpHeaderLength(rtp, rtp.length), rtp.length, 0);
        if (packet?.payload.length !== rtp.length - HEADER_BYTES) throw new Error('The packet was not understood.');
      }),
    },
    { impl: 'werift, rtp', bytes: rtp.length, parse: repeats(() => void RtpPacket.deSerialize(rtp)) },
  ];
  return parsers;
}

function repeats(parseOne: (index: number) => void): Parser['parse'] {
  return (packets) => {
    for (let i = 0; i < packets; i++) parseOne(i);
    return packets;
  };
}

function demuxes(
  impl: string,
  bytes: number,
  file: Buffer,
  create: (onSample: () => void) => { push(chunk: Uint8Array): void; end(): void },
): Parser {
  return {
    impl,
    bytes,
    parse(packets) {
      let parsed = 0;
      while (parsed < packets) {
        const before = parsed;
        const demuxer = create(() => parsed++);
        for (let at = 0; at < file.length; at += CHUNK_BYTES) demuxer.push(file.subarray(at, at + CHUNK_BYTES));
        demuxer.end();
        if (parsed === before) throw new Error(`Nothing was found in the file of ${impl}.`);
      }
      return parsed;
    },
  };
}

function packetizes(packets: number): number {
  const packetizer = createVp8Packetizer();
  const frame = vp8Frame(false);
  const out = Buffer.alloc(VP8_PAYLOAD_BYTES);
  let written = 0;
  while (written < packets) {
    const count = packetizer.begin(frame);
    for (let i = 0; i < count; i++) packetizer.write(i, out, 0);
    written += count;
  }
  return written;
}

function depacketizes(payloads: readonly Buffer[]): Parser['parse'] {
  return (packets) => {
    const depacketizer = createVp8Depacketizer();
    let read = 0;
    for (; read < packets; read++) {
      const index = read % PACKETS_PER_PICTURE;
      const last = index === PACKETS_PER_PICTURE - 1;
      const frame = depacketizer.push(payloads[index]!, last);
      if (last && !frame) throw new Error('The frame was not put together.');
    }
    return read;
  };
}

function vp8Payloads(): Buffer[] {
  const packetizer = createVp8Packetizer();
  const count = packetizer.begin(vp8Frame(false));
  return Array.from({ length: count }, (_, index) => {
    const out = Buffer.alloc(VP8_PAYLOAD_BYTES);
    return out.subarray(0, packetizer.write(index, out, 0));
  });
}

function makeIvf(seconds: number): Buffer {
  const header = Buffer.alloc(32);
  header.write('DKIF');
  header.writeUInt16LE(32, 6);
  header.write('VP80', 8);
  header.writeUInt16LE(640, 12);
  header.writeUInt16LE(360, 14);
  header.writeUInt32LE(25, 16);
  header.writeUInt32LE(1, 20);
  const parts: Buffer[] = [header];
  for (let i = 0; i < seconds * 25; i++) {
    const frame = vp8Frame(i % 100 === 0);
    const frameHeader = Buffer.alloc(12);
    frameHeader.writeUInt32LE(frame.length);
    frameHeader.writeUInt32LE(i, 4);
    parts.push(frameHeader, frame);
  }
  return Buffer.concat(parts);
}
