import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Output,
  WebMOutputFormat,
} from 'mediabunny';
import { createOggMuxer } from '../../src/media/ogg-muxer.ts';

/** Sound of 64 kbit/s, a packet every 20 ms. */
export const AUDIO_BYTES = 160;
/** A picture every 40 ms, which is 100 full packets of 1100 bytes a second. */
export const PACKETS_PER_PICTURE = 4;
export const VIDEO_BYTES = 1100;
export const PICTURE_EVERY_MS = 40;

/** A file to play that has `seconds` of what calls carry, and what removes it. */
export async function makeMediaFile(seconds: number, video: boolean): Promise<{ path: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-bench-'));
  const path = join(folder, video ? 'film.webm' : 'song.opus');
  writeFileSync(path, video ? await makeWebm(seconds) : makeOgg(seconds));
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function makeOgg(seconds: number): Buffer {
  const pages: Uint8Array[] = [];
  const muxer = createOggMuxer({ onPage: (bytes) => pages.push(bytes), serial: 1 });
  const packet = opusPacket();
  for (let i = 0; i < seconds * 50; i++) muxer.write(packet);
  muxer.end();
  return Buffer.concat(pages);
}

async function makeWebm(seconds: number): Promise<Uint8Array> {
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  const audio = new EncodedAudioPacketSource('opus');
  const video = new EncodedVideoPacketSource('vp8');
  output.addAudioTrack(audio);
  output.addVideoTrack(video);
  await output.start();
  const sound = opusPacket();
  const audioMeta = { decoderConfig: { codec: 'opus', numberOfChannels: 2, sampleRate: 48_000 } };
  const videoMeta = { decoderConfig: { codec: 'vp8', codedWidth: 640, codedHeight: 360 } };
  for (let ms = 0; ms < seconds * 1000; ms += 20) {
    await audio.add(new EncodedPacket(sound, 'key', ms / 1000, 0.02), audioMeta);
    if (ms % PICTURE_EVERY_MS > 0) continue;
    const keyframe = ms % 4000 === 0;
    const packet = new EncodedPacket(
      vp8Frame(keyframe),
      keyframe ? 'key' : 'delta',
      ms / 1000,
      PICTURE_EVERY_MS / 1000,
    );
    await video.add(packet, videoMeta);
  }
  await output.finalize();
  return new Uint8Array(target.buffer!);
}

/** CELT, full band, stereo, one frame of 20 ms (RFC 6716, 3.1); what follows is never decoded here. */
export function opusPacket(): Buffer {
  const packet = Buffer.alloc(AUDIO_BYTES, 0x5a);
  packet[0] = 0xfc;
  return packet;
}

/** A frame that says of itself what VP8 says (RFC 6386, 9.1), and fills its packets with descriptors of four bytes. */
export function vp8Frame(keyframe: boolean): Buffer {
  const frame = Buffer.alloc(PACKETS_PER_PICTURE * (VIDEO_BYTES - 4), 0x5a);
  frame.set(keyframe ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01] : [0x11, 0, 0]);
  return frame;
}
