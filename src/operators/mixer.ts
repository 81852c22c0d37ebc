import { type Observable, type Subscriber, Subscription } from 'rxjs';
import type { MediaKind, Sample } from '../core/sample.ts';
import { SampleQueue } from '../core/sample-queue.ts';
import { Segment } from '../core/segment.ts';
import { silentFrame } from '../media/silence.ts';
import { createMediaLine, type MediaLine } from './media-line.ts';
import type { ResolvedRequest } from '../core/media-source.ts';
import type { MixTracksOptions } from './mix-tracks.ts';

/** What mixes two sources for one subscriber of {@link mixTracks}. */
export interface Mixer {
  /** Does not wait until both are there. */
  begin(): void;
  add(kind: MediaKind, source: Observable<Sample>): void;
}

/** One of the two sources. */
interface Side {
  readonly kind: MediaKind;
  /** What there is no room for downstream, on the line already. */
  readonly held: SampleQueue;
  readonly line: MediaLine;
  /** Pts of the first sample, which is where the line begins. */
  firstPtsUs: number | undefined;
  /** Up to where it has delivered, on the line; undefined while it has not, or is live. */
  extentUs: number | undefined;
  /** The last sample that was passed on. */
  last: Sample | undefined;
  passing: boolean;
  end: { readonly error?: unknown; readonly failed: boolean } | undefined;
  /** It has ended, and nothing of it is held any more. */
  over: boolean;
}

export function createMixer(
  subscriber: Subscriber<Sample>,
  { reason, accepts }: Pick<ResolvedRequest, 'reason' | 'accepts'>,
  options: MixTracksOptions,
): Mixer {
  const { onAudioEnd = 'silence', onVideoEnd = 'complete' } = options;
  const sides = { audio: createSide('audio'), video: createSide('video') };
  /** What finite samples of both sides are put on. */
  const mixed = new Segment({ reason, onRoom: passBoth });
  let begun = false;
  /** The side whose end is the end of the other one, too. */
  let cut: Side | undefined;
  let silence: { readonly segment: Segment | undefined; nextUs: number; untilUs: number } | undefined;

  // Sources are unsubscribed first: clearing what is held wakes them.
  const upstream = new Subscription();
  subscriber.add(upstream);
  subscriber.add(() => {
    sides.audio.held.clear();
    sides.video.held.clear();
  });

  function passBoth(): void {
    begun ||= [sides.audio, sides.video].every(({ held, end }) => held.length > 0 || end);
    pass(sides.audio);
    pass(sides.video);
  }

  function pass(side: Side): void {
    if (side.passing) return;
    side.passing = true;
    while (mayPass(side) && !subscriber.closed) {
      emit(side, side.held.peek()!);
      if (!subscriber.closed) side.held.shift();
    }
    side.passing = false;
    if (side.end && side.held.length === 0 && !side.over && !subscriber.closed) finish(side, side.end);
  }

  function mayPass(side: Side): boolean {
    const head = side.held.peek();
    if (!head || !begun) return false;
    if (head.segment?.live) return true;
    if (mixed.full(side.kind)) return false;
    // Who ends where the other one ends must not be ahead of it: what was passed cannot be taken back.
    const { over, end, extentUs } = otherOf(side);
    if (!endsWithOther(side) || over) return true;
    return extentUs === undefined ? !end : head.ptsUs < extentUs;
  }

  function endsWithOther(side: Side): boolean {
    return (side === sides.audio ? onVideoEnd : onAudioEnd) === 'complete';
  }

  function emit(side: Side, sample: Sample): void {
    const placed = sample.segment?.live ? sample : { ...sample, segment: mixed };
    if (cut && isBeyond(placed, cut)) {
      subscriber.complete();
      return;
    }
    side.last = placed;
    subscriber.next(placed);
    if (side === sides.video && sides.audio.over && onAudioEnd === 'silence') coverBySilence(placed);
    if (cut && endOf(placed) >= endOf(cut.last!)) subscriber.complete();
  }

  function receive(side: Side, sample: Sample): void {
    if (sample.segment?.live) {
      begun = true;
      side.held.push(sample);
      return;
    }
    side.firstPtsUs ??= sample.ptsUs;
    const placed = { ...sample, ptsUs: side.firstPtsUs + side.line.at(sample) };
    side.extentUs = endOf(placed);
    side.held.push(placed);
  }

  function otherOf(side: Side): Side {
    return side === sides.audio ? sides.video : sides.audio;
  }

  function finish(side: Side, end: NonNullable<Side['end']>): void {
    side.over = true;
    const other = otherOf(side);
    if (end.failed) subscriber.error(end.error);
    else if (other.over) subscriber.complete();
    else if (endsWithOther(other)) cutAt(side, other);
    else if (side === sides.audio && onAudioEnd === 'silence') endAudio();
  }

  function endAudio(): void {
    const { last } = sides.audio;
    if (last) silence = { segment: last.segment, nextUs: endOf(last), untilUs: endOf(last) };
    const picture = sides.video.last;
    if (picture && picture.segment === last?.segment) coverBySilence(picture);
  }

  /** On one line the other side goes on up to the same place; else the end is now. */
  function cutAt(ended: Side, other: Side): void {
    cut = ended;
    const onOneLine = ended.last?.segment === mixed && (!other.last || other.last.segment === mixed);
    if (!onOneLine || (other.last && endOf(other.last) >= endOf(ended.last!))) subscriber.complete();
    else pass(other);
  }

  function isBeyond(sample: Sample, ended: Side): boolean {
    return sample.segment !== ended.last?.segment || sample.ptsUs >= endOf(ended.last!);
  }

  /** As much silence as there is picture: up to its end on the same line, else as long as it lasts. */
  function coverBySilence(picture: Sample): void {
    silence ??= { segment: picture.segment, nextUs: picture.ptsUs, untilUs: picture.ptsUs };
    const isShared = silence.segment === picture.segment;
    silence.untilUs = isShared ? endOf(picture) : silence.untilUs + picture.durationUs;
    const { segment } = silence;
    const frame = silentFrame(accepts.audio[0] ?? 'opus', sides.audio.last?.data);
    while (silence.nextUs + frame.durationUs <= silence.untilUs && !subscriber.closed) {
      subscriber.next({ kind: 'audio', keyframe: true, ptsUs: silence.nextUs, segment, ...frame });
      silence.nextUs += frame.durationUs;
    }
  }

  return {
    begin() {
      begun = true;
    },
    add(kind, source) {
      const side = sides[kind];
      upstream.add(
        source.subscribe({
          next(sample) {
            if (sample.kind !== kind) return;
            receive(side, sample);
            passBoth();
          },
          error(error: unknown) {
            side.end = { error, failed: true };
            passBoth();
          },
          complete() {
            side.end = { failed: false };
            passBoth();
          },
        }),
      );
    },
  };
}

function createSide(kind: MediaKind): Side {
  return {
    kind,
    held: new SampleQueue(),
    line: createMediaLine(),
    firstPtsUs: undefined,
    extentUs: undefined,
    last: undefined,
    passing: false,
    end: undefined,
    over: false,
  };
}

function endOf(sample: Sample): number {
  return sample.ptsUs + sample.durationUs;
}
