import { open } from 'node:fs/promises';
import { concat, defer, EMPTY, type Observable, of, switchMap } from 'rxjs';
import type { Sample } from '../core/sample.ts';
import { createOggDemuxer, type OggOpusDemuxer } from '../media/ogg-demuxer.ts';
import { demuxChunks } from './demux-chunks.ts';
import { fromErrno } from './inspect-file.ts';
import { findOggPosition, type OggLink, type OggOpusFile } from './ogg-opus-file.ts';
import { readFileChunks } from './read-file-chunks.ts';
import type { Opening } from './source-options.ts';

/** About a second of sound: what is read at once is also what a paused call keeps, and there may be a thousand of them. */
const CHUNK_BYTES = 16 * 1024;
/** The bytes are at hand, so little sound has to wait downstream. */
const AHEAD_US = 200_000;
const TICKS_PER_MS = 48;
const US_PER_TICK = 125 / 6;

/** Sends the packets of an Ogg/Opus file as they are, from the one that contains the start. No process, no decoding. */
export function openOggFile({ links }: OggOpusFile, opening: Opening): Observable<Sample> {
  const startTicks = Math.round(opening.startMs * TICKS_PER_MS);
  if (startTicks === 0) return passThrough(opening, { head: undefined, offset: 0, ticksOfFirst: () => 0 });
  const link = links.find((candidate) => startTicks < candidate.startTicks + candidate.durationTicks);
  if (!link) return EMPTY;
  return defer(() => findStart(opening, link, startTicks)).pipe(switchMap((start) => passThrough(opening, start)));
}

interface ReadStart {
  /** Page to give to the demultiplexer first, when it does not come by itself. */
  readonly head: Uint8Array | undefined;
  readonly offset: number;
  /** Position of the first packet that is read, which the demultiplexer places at 0. */
  ticksOfFirst(demuxer: OggOpusDemuxer): number;
}

async function findStart({ input, label }: Opening, link: OggLink, ticks: number): Promise<ReadStart> {
  const file = await open(input).catch((error: unknown) => {
    throw fromErrno(error as NodeJS.ErrnoException, input, label);
  });
  try {
    const offset = await findOggPosition(file, link, link.startGranule + ticks - link.startTicks);
    return {
      head: offset === link.start ? undefined : link.head,
      offset,
      ticksOfFirst: (demuxer) => link.startTicks + toTicks(demuxer.getStats().startUs) - link.startGranule,
    };
  } finally {
    await file.close();
  }
}

function passThrough({ input, label, request, startMs }: Opening, start: ReadStart): Observable<Sample> {
  return defer(() => {
    const startUs = startMs * 1000;
    let demuxer: OggOpusDemuxer;
    let offsetUs: number | undefined;
    return demuxChunks({
      reason: request.reason,
      aheadUs: about(AHEAD_US),
      reusesChunks: true,
      demuxer: (options) => (demuxer = createOggDemuxer(options)),
      chunks: (valve) => {
        const reserve = (bytes: number): Uint8Array => demuxer.reserve(bytes);
        const place = { path: input, start: start.offset, chunkBytes: about(CHUNK_BYTES) };
        const rest$ = readFileChunks({ ...place, reserve, valve, label });
        return start.head ? concat(of(start.head), rest$) : rest$;
      },
      place(sample) {
        offsetUs ??= Math.round(start.ticksOfFirst(demuxer) * US_PER_TICK);
        const ptsUs = sample.ptsUs + offsetUs;
        if (ptsUs + sample.durationUs <= startUs) return undefined;
        return offsetUs === 0 ? sample : { ...sample, ptsUs };
      },
    });
  });
}

/** Up to a quarter more or less: of a thousand calls that begin together, all would else read on at the same moments. */
function about(amount: number): number {
  return Math.round(amount * (0.75 + Math.random() / 2));
}

function toTicks(us: number): number {
  return Math.round(us / US_PER_TICK);
}
