import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { createClient } from '../../src/calls/client.ts';
import type { Sample } from '../../src/core/sample.ts';
import { locateFfmpeg } from '../../src/ffmpeg/locate-ffmpeg.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { fromShells } from '../../src/sources/from-shells.ts';
import { createConference } from '../../src/testing/index.ts';
import { chosen, type BenchOptions } from '../bench-options.ts';
import { median, row, type Row } from '../report.ts';
import { gotgcallAudio, gotgcallVideo } from './gotgcall-args.ts';
import { makeFilm } from './make-film.ts';

/**
 * Time from `play()` to the first packet on the wire, in a call that is connected: `play` resolves then. Our sources and, in
 * the same calls, gotgcall's own commands, which start the video when the sound has come.
 */
export async function benchFirstPacket(options: BenchOptions): Promise<Row[]> {
  const { runs } = options;
  const { path } = await locateFfmpeg();
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-bench-'));
  try {
    const film = makeFilm(path, join(folder, 'film.mkv'));
    const audio = ['ffmpeg', ...gotgcallAudio(film)];
    const video = ['ffmpeg', ...gotgcallVideo(film)];
    const all: [impl: string, open: () => Observable<Sample>][] = [
      ['rxcall, audio', () => fromFile(film)],
      ['gotgcall, audio', () => fromShell(audio)],
      ['rxcall, video', () => fromFile(film, { tracks: { audio: 'off', video: 'required' } })],
      ['gotgcall, video', () => fromShell(video, { track: 'video' })],
      ['rxcall, both', () => fromFile(film, { video: true })],
      ['gotgcall, both', () => fromShells({ audio, video })],
    ];
    const candidates = chosen(all, options, ([impl]) => impl);
    const results = new Map<string, number[]>(candidates.map(([impl]) => [impl, []]));
    for (let i = 0; i <= runs; i++) {
      for (const [impl, open] of candidates) {
        const firstPacketMs = await play(open());
        // The first round compiles, and fills the file cache.
        if (i > 0) results.get(impl)!.push(firstPacketMs);
      }
    }
    return [...results].map(([impl, measured]) => row({ impl, firstPacketMs: median(measured) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function play(source: Observable<Sample>): Promise<number> {
  await using conference = await createConference();
  await using client = createClient({ transport: { addresses: ['127.0.0.1'] } });
  const call = await client.createCall('bench');
  await call.connect(await conference.join(call.joinPayload));
  const startMs = performance.now();
  await call.play(source);
  return performance.now() - startMs;
}
