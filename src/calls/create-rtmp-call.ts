import { filter, firstValueFrom, map, type Observable, tap } from 'rxjs';
import { match } from 'ts-pattern';
import { AbortedError, SourceError } from '../core/errors.ts';
import { bindLogger, type Logger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { MediaSource, RTMP_ACCEPTS } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { liftSource } from '../operators/lift-source.ts';
import type { RtmpStatus } from '../sinks/rtmp-connection.ts';
import { createRtmpOutput, type RtmpOutput } from '../sinks/rtmp-output.ts';
import { untilAborted } from '../telegram/delay.ts';
import { type CallBase, extend } from './call-base.ts';
import type { CallEvent } from './call-state.ts';
import { createPlayedCall } from './played-call.ts';
import type { RtmpCall, RtmpCallOptions } from './rtmp-call.ts';

/** An RTMP call as the client holds it. */
export interface OwnedRtmpCall extends RtmpCall, Pick<CallBase, 'steps$' | 'closeFor'> {}

export interface OwnedRtmpCallOptions extends RtmpCallOptions {
  chatId: string;
  clock: MediaClock;
  logger: Logger;
  ffmpegPath: string | undefined;
}

/** Makes a call that publishes to `url`: resolves when the server takes the stream, rejects with why it does not. */
export async function createRtmpCall(url: string, options: OwnedRtmpCallOptions): Promise<OwnedRtmpCall> {
  const { chatId, clock, ffmpegPath, signal } = options;
  if (signal?.aborted) throw new AbortedError('createRtmpCall', signal.reason);
  const logger = bindLogger(options.logger, { chatId });
  /** Of the processes of this call. */
  const owner = {};
  const output = createRtmpOutput(url, { ...options, logger }, owner);
  const { store, player, members } = createPlayedCall({
    chatId,
    clock,
    logger,
    whenFailed: 'create another one',
    request: { owner, ffmpegPath, logger: bindLogger(logger, { layer: 'source' }), accepts: RTMP_ACCEPTS },
    prepare: requireCodecs,
    write: (sample) => output.write(sample),
    follow({ event }) {
      if (event.type === 'end') output.showCover();
    },
    end: () => output.close(),
  });
  const send = (event: CallEvent): boolean => store.dispatch(event);

  function follow(status: RtmpStatus): void {
    match(status)
      .with({ status: 'starting' }, () => send({ type: 'connect' }))
      .with({ status: 'active' }, () => {
        send({ type: 'connect' }); // after a failure; else it is on its way
        send({ type: 'connected' });
      })
      .with({ status: 'reconnecting' }, ({ error }) => send({ type: 'failed', error, rejoining: true }))
      .with({ status: 'failed' }, ({ error }) => send({ type: 'failed', error }))
      .with({ status: 'closed' }, () => {})
      .exhaustive();
  }

  output.status$.subscribe(follow);
  try {
    await taken(output, signal);
  } catch (error) {
    await members.close();
    throw error;
  }

  return extend(members, {
    get status() {
      return output.status;
    },
    status$: output.status$,
    stats$: output.stats$.pipe(map((stats) => ({ ...stats, positionMs: player.positionMs }))),
    getStats: () => ({ ...output.getStats(), positionMs: player.positionMs }),
  } satisfies Partial<OwnedRtmpCall>);
}

/** Resolves when the server takes the stream; rejects when the first attempt failed. */
async function taken({ status$ }: RtmpOutput, signal: AbortSignal | undefined): Promise<void> {
  const decided = firstValueFrom(status$.pipe(filter(({ status }) => status !== 'starting')));
  const decision = await untilAborted(decided, signal, 'createRtmpCall');
  if ('error' in decision) throw decision.error;
}

/** A source that brings something else than the sink takes fails, and not the call. */
function requireCodecs(source: Observable<Sample>): Observable<Sample> {
  const label = source instanceof MediaSource ? source.label : 'samples';
  return liftSource(source, (open) =>
    open().pipe(
      tap(({ kind, codec }) => {
        const taken: readonly string[] = RTMP_ACCEPTS[kind];
        if (taken.includes(codec)) return;
        const message = `${label} brings ${codec}, and an RTMP server takes ${taken.join(' or ')}.`;
        throw new SourceError('ERR_SOURCE_NO_TRACK', label, message);
      }),
    ),
  );
}
