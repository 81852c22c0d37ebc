import { execFileSync } from 'node:child_process';
import { locateFfmpeg } from '../../../src/ffmpeg/locate-ffmpeg.ts';
import { createOggDemuxer } from '../../../src/media/ogg-demuxer.ts';

/** Opus packets of 20 ms that hold a sine of `hertz`, made by ffmpeg. */
export async function opusTone(hertz: number, seconds: number): Promise<Uint8Array[]> {
  const { path } = await locateFfmpeg();
  const source = `sine=frequency=${hertz}:sample_rate=48000:duration=${seconds}`;
  const argv = ['-v', 'error', '-f', 'lavfi', '-i', source, '-c:a', 'libopus', '-b:a', '64k', '-f', 'ogg', 'pipe:1'];
  const packets: Uint8Array[] = [];
  const demuxer = createOggDemuxer({ onSample: ({ data }) => packets.push(data) });
  demuxer.push(execFileSync(path, argv));
  demuxer.end();
  return packets;
}
