import type { EncodedPacket, EncodedPacketSink } from 'mediabunny';
import { Observable } from 'rxjs';
import { RxcallError, SourceError } from '../core/errors.ts';
import type { Sample } from '../core/sample.ts';
import { Segment } from '../core/segment.ts';
import { type ContainerFile, type ContainerTrack, readContainerFile } from './container-file.ts';
import type { Opening } from './source-options.ts';

/** The times of packets are rounded, or those of their arrival; what is no further off follows on. */
const JITTER_US = 30_000;

/** A start that is further behind a keyframe is worth encoding anew. */
export const MAX_STEP_BACK_US = 2_000_000;

/**
 * Opens a file whose tracks can be sent as they are, and `otherwise$` any other. `facts` are what a look at the file has
 * shown.
 */
export function openContainer(
  opening: Opening,
  facts: { readonly head: Uint8Array; readonly size: number },
  otherwise$: Observable<Sample>,
): Observable<Sample> {
  return new Observable((subscriber) => {
    prepare(opening, facts).then(
      (found) => {
        if (subscriber.closed) found?.file.dispose();
        else if (!found) subscriber.add(otherwise$.subscribe(subscriber));
        else {
          opening.logger.debug({ source: opening.label }, 'passed through without encoding');
          subscriber.add(openContainerFile(found.file, found.start, opening).subscribe(subscriber));
        }
      },
      (error: unknown) => subscriber.error(asSourceError(error, opening.label)),
    );
  });
}

async function prepare(
  opening: Opening,
  facts: { readonly head: Uint8Array; readonly size: number },
): Promise<{ file: ContainerFile; start: ContainerStart } | undefined> {
  const file = await readContainerFile(opening, facts);
  if (!file) return undefined;
  let isTaken = false;
  try {
    const start = await findContainerStart(file, opening.startMs);
    const video = start.find(({ track }) => track.kind === 'video');
    isTaken = !video || opening.startMs * 1000 - video.packet.timestamp * 1e6 <= MAX_STEP_BACK_US;
    return isTaken ? { file, start } : undefined;
  } finally {
    if (!isTaken) file.dispose();
  }
}

/** Where reading begins: the first packet of each track; empty behind the end. */
type ContainerStart = readonly { readonly track: ContainerTrack; readonly packet: EncodedPacket }[];

/**
 * Finds where to begin so that everything decodes: video at the keyframe at or before `startMs`, audio beside it.
 * Resolves with an empty list behind the end.
 */
async function findContainerStart(file: ContainerFile, startMs: number): Promise<ContainerStart> {
  if (startMs * 1000 >= file.durationUs) return [];
  const video = file.tracks.find(({ kind }) => kind === 'video');
  const key = video && (await firstKeyframe(video.sink, startMs / 1000));
  const startSeconds = key ? key.timestamp : startMs / 1000;
  const starts: { track: ContainerTrack; packet: EncodedPacket }[] = [];
  for (const track of file.tracks) {
    const { sink } = track;
    const packet = track === video ? key : ((await sink.getPacket(startSeconds)) ?? (await sink.getFirstPacket()));
    if (packet) starts.push({ track, packet });
  }
  return starts;
}

async function firstKeyframe(sink: EncodedPacketSink, seconds: number): Promise<EncodedPacket | null> {
  return (await sink.getKeyPacket(seconds)) ?? (await sink.getFirstKeyPacket());
}

interface Leg extends ContainerTrack {
  packet: EncodedPacket | null;
  sample: Sample | undefined;
  endUs: number;
}

/**
 * Sends the packets of a container as they are, from `start` on, under back-pressure; no process, no decoding. Closes the
 * file when it is unsubscribed from.
 */
function openContainerFile(file: ContainerFile, start: ContainerStart, opening: Opening): Observable<Sample> {
  return new Observable((subscriber) => {
    let tellRoom = (): void => {};
    const segment = new Segment({ reason: opening.request.reason, onRoom: () => tellRoom() });
    const legs = start.map(({ track, packet }): Leg => ({ ...track, packet, sample: undefined, endUs: -Infinity }));

    /** The sample of the packet that a leg has come to. */
    function prepareSample(leg: Leg): void {
      leg.sample = leg.packet ? toSample(leg.packet, leg) : undefined;
    }

    function toSample(packet: EncodedPacket, leg: Leg): Sample {
      const { kind } = leg;
      const content = leg.read(packet);
      const packetUs = Math.round(packet.timestamp * 1e6);
      if (kind === 'audio') {
        const ptsUs = packetUs - leg.endUs < JITTER_US ? leg.endUs : packetUs;
        leg.endUs = ptsUs + content.durationUs;
        return { kind, ...content, ptsUs, segment };
      }
      // A frame that is never shown, but referred to, may have the time of the one after it.
      const ptsUs = Math.max(packetUs, leg.endUs);
      leg.endUs = ptsUs + 1;
      return { kind, ...content, ptsUs, segment };
    }

    /** Of the legs that may go on, the one that is behind. */
    function nextLeg(): Leg | undefined {
      let next: Leg | undefined;
      for (const leg of legs) {
        if (!leg.sample || segment.full(leg.kind)) continue;
        if (!next || leg.sample.ptsUs < next.sample!.ptsUs) next = leg;
      }
      return next;
    }

    async function read(): Promise<void> {
      legs.forEach(prepareSample);
      while (!subscriber.closed && legs.some(({ sample }) => sample)) {
        const leg = nextLeg();
        if (!leg) {
          await new Promise<void>((resolve) => (tellRoom = resolve));
          continue;
        }
        subscriber.next(leg.sample!);
        if (subscriber.closed) return;
        leg.packet = await leg.sink.getNextPacket(leg.packet!);
        prepareSample(leg);
      }
      subscriber.complete();
    }

    void Promise.resolve()
      .then(read)
      .catch((error: unknown) => subscriber.error(asSourceError(error, opening.label)));
    return () => {
      tellRoom();
      file.dispose();
    };
  });
}

function asSourceError(cause: unknown, label: string): RxcallError {
  if (cause instanceof RxcallError) return cause;
  const message = `${label} cannot be read to its end: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new SourceError('ERR_SOURCE_UNREADABLE', label, message, { cause });
}
