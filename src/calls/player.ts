import { BehaviorSubject, NEVER, Observable, Subject, takeUntil, tap } from 'rxjs';
import { AbortedError, type RxcallError, SourceError } from '../core/errors.ts';
import { bindLogger, type Logger, silentLogger } from '../core/logger.ts';
import { MediaSource, type OpenRequest } from '../core/media-source.ts';
import type { MediaClock } from '../core/media-clock.ts';
import type { MediaKind, PacedSample, Sample } from '../core/sample.ts';
import type { Segment, VideoRate } from '../core/segment.ts';
import { answerKeyframeRequests } from '../operators/answer-keyframe-requests.ts';
import { keepalive } from '../operators/keepalive.ts';
import { mute } from '../operators/mute.ts';
import { pace } from '../operators/pace.ts';
import { pauseGate } from '../operators/pause-gate.ts';
import { switchSource } from '../operators/switch-source.ts';
import { toSamples } from '../sinks/webrtc-track.ts';
import { createBitrateFollower } from './bitrate-follower.ts';
import type { CallEvent, EndReason, Playback } from './call-state.ts';
import { asRxcallError, createOpening, isAt, type Opening } from './opening.ts';

/**
 * How far ahead a source is opened that is to follow on itself: as long as ffmpeg may take to begin; whole frames at 25 and
 * 30 a second.
 */
const LEAD_US = 1_600_000;

export interface PlayerOptions {
  clock: MediaClock;
  /** Takes what leaves. */
  write(sample: PacedSample): void;
  /** Told what happens to playbacks. */
  dispatch(event: Extract<CallEvent, { playback: Playback }>): void;
  /** What every source is opened with; when its `videoBitrateKbps` changes, what plays is encoded anew from there on. */
  request: OpenRequest;
  /** The receiver wants a picture that decodes on its own. Default never. */
  keyframeRequests$?: Observable<unknown> | undefined;
  /** Default: silent. */
  logger?: Logger | undefined;
}

export interface Player {
  /** Opens a source and plays it when its first sample is there; until then, what plays, plays on. */
  play(source: Observable<Sample>, signal?: AbortSignal): Promise<void>;
  /** Opens the present source anew at a position. */
  seekTo(positionMs: number): Promise<void>;
  stop(reason: EndReason): void;
  /** Holds everything back, as long as it is paused or there is nowhere to send to. */
  hold(held: boolean): void;
  mute(muted: boolean): void;
  readonly positionMs: number;
  /** The same, or where what is being opened begins. */
  readonly nextPositionMs: number;
  /** What the video that plays is encoded to; undefined when there is none, or when it is sent as it is. */
  readonly videoRate: VideoRate | undefined;
  close(): void;
}

/**
 * The pipeline of a call: source, pace, gate, mute, keepalive, sink; the source exchanged while the rest stands. Whoever is
 * told of something may play, seek and stop there and then: what is told has happened before.
 */
export function createPlayer(options: PlayerOptions): Player {
  const { clock, write, dispatch, request, keyframeRequests$ = NEVER, logger = silentLogger } = options;
  const paced = pace({ clock, logger: bindLogger(logger, { layer: 'pace' }) });
  const sources$ = new Subject<Observable<PacedSample>>();
  const held$ = new BehaviorSubject(true);
  const muted$ = new BehaviorSubject(false);
  const openingOf = new WeakMap<Segment, Opening>();
  let nextId = 1;
  /** What plays, or played last. */
  let present: Opening | undefined;
  let playing = false;
  let coming: Opening | undefined;
  let last: PacedSample | undefined;
  /** When time stopped, while it is held. */
  let heldSinceUs = 0;
  let videoRate: VideoRate | undefined;
  const follower = createBitrateFollower();

  const chain = sources$
    .pipe(
      switchSource(),
      pauseGate(held$, { clock }),
      mute(muted$),
      tap((sample) => (last = sample)),
      answerKeyframeRequests(keyframeRequests$, { clock, onUnanswered: encodeAnew }),
      keepalive({ clock }),
    )
    .subscribe(
      toSamples((sample) => {
        write(sample);
        const opening = sample.segment && openingOf.get(sample.segment);
        if (opening && !opening.sent) tellSent(opening);
        if (sample.kind === 'video') follow(sample);
      }),
    );

  function open(opening: Opening, request: OpenRequest, signal?: AbortSignal): Promise<void> {
    const { playback } = opening;
    const started = new Promise<void>((resolve, reject) => opening.waiters.push({ resolve, reject }));
    const abort = (): void => {
      const isOpening = coming?.playback === playback && present?.playback !== playback;
      if (coming && isOpening) abandon(coming, new AbortedError('play', signal?.reason));
    };
    signal?.addEventListener('abort', abort, { once: true });
    const former = coming;
    coming = opening;
    if (former) giveWay(former, opening);
    if (coming === opening && !opening.waits$) dispatch({ type: 'open', playback });
    if (coming === opening) sources$.next(supervise(opening, request));
    return started.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** A seek takes over who waits for the same playback; another playback disappoints them. */
  function giveWay(former: Opening, opening: Opening): void {
    if (former.playback === opening.playback) opening.waiters.push(...former.waiters.splice(0));
    abandon(former, new AbortedError(`Opening ${former.playback.label}`, 'another one came first'));
  }

  /** The paced samples of one opening; its end and its failure are ours to tell, and never the pipeline's. */
  function supervise(opening: Opening, request: OpenRequest): Observable<PacedSample> {
    const { source, stop$, waits$ } = opening;
    const opened$ = source instanceof MediaSource ? source.open(request) : source;
    const samples$ = waits$ ? opened$.pipe(pauseGate(waits$, { clock })) : opened$;
    return new Observable<PacedSample>((subscriber) => {
      subscriber.add(
        samples$.pipe(paced).subscribe({
          next(sample) {
            if (sample.segment) openingOf.set(sample.segment, opening);
            if (coming === opening) begin(opening);
            if (present === opening && !opening.kinds.has(sample.kind)) tellLeg(opening, sample.kind);
            // It takes over right here, if it has something: then this sample goes nowhere.
            if (present === opening && coming && isAt(sample, coming.startMs)) coming.waits$?.next(false);
            subscriber.next(sample);
          },
          error(error: unknown) {
            if (coming === opening) abandon(opening, error);
            else if (present === opening) endWith(() => endByError(asRxcallError(error, opening.playback.label)));
            subscriber.complete();
          },
          complete() {
            if (coming === opening) endWithoutSample(opening);
            else if (present === opening) endWith(() => end('ended'));
            subscriber.complete();
          },
        }),
      );
    }).pipe(takeUntil(stop$));
  }

  /** What waited to follow on it has nothing to follow on. */
  function endWith(tell: () => void): void {
    if (coming?.waits$) abandon(coming, new AbortedError(`Opening ${coming.playback.label}`, 'it has ended'));
    tell();
  }

  /** Encodes anew, from a little further on, when the bitrate is no longer right. */
  function follow({ keyframe, segment, ptsUs }: PacedSample): void {
    videoRate = segment?.videoRate;
    if (!keyframe || !segment || !videoRate || !playing || coming || openingOf.get(segment) !== present) return;
    if (!present?.playback.seekable || !follower.isDue(videoRate, request.videoBitrateKbps, clock.nowUs() / 1000))
      return;
    openAgain(present, segment.positionUs(ptsUs + LEAD_US) / 1000, { waits: true });
  }

  /** The last keyframe is too far back, and another one must come from an encoder: the same again, from here on. */
  function encodeAnew(): void {
    if (!playing || !present || coming || !present.playback.seekable) return;
    openAgain(present, positionMs());
  }

  function openAgain({ playback, source }: Opening, startMs: number, { waits = false } = {}): void {
    const again = { ...request, startMs, reason: 'seek', passthrough: false } as const;
    open(createOpening(playback, source, startMs, { waits }), again).catch(() => {}); // then it plays on as it is
  }

  function positionMs(): number {
    if (!present) return 0;
    if (!last?.segment || openingOf.get(last.segment) !== present) return present.startMs;
    const elapsedUs = (held$.value ? heldSinceUs : clock.nowUs()) - last.dueUs;
    return last.segment.positionUs(last.ptsUs + Math.min(Math.max(elapsedUs, 0), last.durationUs)) / 1000;
  }

  function begin(opening: Opening): void {
    const before = present;
    if (before?.playback !== opening.playback) videoRate = undefined;
    present = opening;
    playing = true;
    coming = undefined;
    if (before) succeed(before);
    if (!opening.waits$) dispatch({ type: 'start', playback: opening.playback });
    if (held$.value) succeed(opening);
  }

  function tellLeg(opening: Opening, kind: MediaKind): void {
    opening.kinds.add(kind);
    dispatch({ type: 'leg', playback: opening.playback, kind });
  }

  function tellSent(opening: Opening): void {
    opening.sent = true;
    dispatch({ type: 'sent', playback: opening.playback });
    succeed(opening);
  }

  function endByError(error: RxcallError): void {
    end(error.code === 'ERR_SOURCE_STALLED' ? 'stalled' : 'error', error);
  }

  function endWithoutSample(opening: Opening): void {
    const { playback } = opening;
    if (opening.waits$) return abandon(opening, new AbortedError(`Opening ${playback.label}`, 'its end is near'));
    if (present?.playback !== playback) {
      const message = `${playback.label} ended before it delivered anything: it is empty, or starts after its end.`;
      return abandon(opening, new SourceError('ERR_SOURCE_NO_TRACK', playback.label, message));
    }
    // A seek beyond the end: that is where the playback ends.
    const ending = present;
    coming = undefined;
    succeed(opening);
    dispatch({ type: 'abandon', playback });
    if (present === ending) endPresent('ended');
  }

  function abandon(opening: Opening, error: unknown): void {
    const reason = asRxcallError(error, opening.playback.label);
    if (coming === opening) coming = undefined;
    opening.stop$.next();
    for (const waiter of opening.waiters.splice(0)) waiter.reject(reason);
    if (!opening.waits$) dispatch({ type: 'abandon', playback: opening.playback });
  }

  function succeed(opening: Opening): void {
    for (const waiter of opening.waiters.splice(0)) waiter.resolve();
  }

  function end(reason: EndReason, error?: RxcallError): void {
    if (!playing || !present) return;
    playing = false;
    succeed(present);
    dispatch({ type: 'end', playback: present.playback, reason, error });
  }

  function stop(reason: EndReason): void {
    const stopping = present;
    if (coming) abandon(coming, new AbortedError(`Opening ${coming.playback.label}`, reason));
    if (present === stopping) endPresent(reason);
  }

  function endPresent(reason: EndReason): void {
    const ending = present;
    end(reason);
    ending?.stop$.next();
  }

  return {
    play(source, signal) {
      if (signal?.aborted) return Promise.reject(new AbortedError('play', signal.reason));
      const media = source instanceof MediaSource ? source : undefined;
      const playback: Playback = {
        id: nextId++,
        label: media?.label ?? 'samples',
        seekable: media?.seekable ?? false,
      };
      const startMs = media?.startMs ?? 0;
      const reason = playing ? 'switch' : 'fresh';
      return open(createOpening(playback, source, startMs), { ...request, startMs, reason }, signal);
    },
    seekTo(positionMs) {
      const { source, playback } = (coming ?? present)!;
      return open(createOpening(playback, source, positionMs), { ...request, startMs: positionMs, reason: 'seek' });
    },
    stop,
    hold(held) {
      if (held && present) succeed(present);
      if (held === held$.value) return;
      heldSinceUs = clock.nowUs();
      held$.next(held);
    },
    mute(muted) {
      if (muted !== muted$.value) muted$.next(muted);
    },
    get positionMs() {
      return positionMs();
    },
    get nextPositionMs() {
      return coming && !coming.waits$ ? coming.startMs : positionMs();
    },
    get videoRate() {
      return playing ? videoRate : undefined;
    },
    close() {
      stop('stopped');
      chain.unsubscribe();
      sources$.complete();
    },
  };
}
