import type { Observer } from 'rxjs';
import type { PacedSample } from '../core/sample.ts';
import type { Segment } from '../core/segment.ts';
import type { WebRtcTrack } from '../webrtc/types.ts';

/**
 * A sink that sends samples on WebRTC tracks, each on the track of its kind; samples of a kind that has no track are
 * dropped. It takes only paced samples.
 *
 * @example
 * fromFile('song.mp3').pipe(pace()).subscribe(toWebRtcTrack(track));
 */
export function toWebRtcTrack(...tracks: readonly WebRtcTrack[]): Partial<Observer<PacedSample>> {
  return toSamples((sample) => {
    for (const track of tracks) if (track.kind === sample.kind) track.write(sample);
  });
}

/**
 * A sink that hands each sample to `write`. It tells segments that they are taken, which is how a segment knows that several
 * sinks share it.
 */
export function toSamples(write: (sample: PacedSample) => void): Partial<Observer<PacedSample>> {
  const attached = { audio: undefined as Attachment | undefined, video: undefined as Attachment | undefined };

  function attach(sample: PacedSample): void {
    const present = attached[sample.kind];
    if (present?.segment === sample.segment) return;
    attached[sample.kind] = sample.segment && takeOf(sample.segment);
    if (present) letGo(present);
  }

  /** Both kinds of one segment are one attachment. */
  function takeOf(segment: Segment): Attachment {
    const taken = [attached.audio, attached.video].find((other) => other?.segment === segment);
    if (!taken) return { segment, detach: segment.attach(), uses: 1 };
    taken.uses++;
    return taken;
  }

  function letGo(attachment: Attachment): void {
    if (--attachment.uses === 0) attachment.detach();
  }

  function end(): void {
    for (const kind of ['audio', 'video'] as const) {
      const present = attached[kind];
      attached[kind] = undefined;
      if (present) letGo(present);
    }
  }

  return {
    next(sample) {
      attach(sample);
      write(sample);
    },
    complete: end,
  };
}

interface Attachment {
  readonly segment: Segment;
  readonly detach: () => void;
  uses: number;
}
