import { AbortedError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ChatId } from './chat-id.ts';
import type { JoinableCall } from './joinable-call.ts';
import { createMediaStateTeller } from './media-state-teller.ts';
import type { ParticipantFlags } from './media-state.ts';
import type { PlaceLoss } from './membership.ts';
import { createPresenceCheck } from './presence-check.ts';
import { isCallOverError, isNotJoinedError } from './rpc-error.ts';
import type { Signaling } from './signaling.ts';
import { toInt32Ssrc } from './ssrc.ts';

export interface PlaceOptions {
  signaling: Signaling;
  call: JoinableCall;
  chatId: ChatId;
  checkEveryMs: number | undefined;
  logger: Logger;
  /** The server says that the call has ended for everybody. */
  onDiscarded: () => void;
}

/** One place in a call, from one join to its loss: there is another one after the next join. */
export interface Place {
  /** The audio SSRC it was asked for with, signed. */
  readonly source: number;
  /** Resolves when it is lost; rejects with an {@link AbortedError} when it is released. */
  readonly lost: Promise<PlaceLoss>;
  lose(loss: PlaceLoss): void;
  /** Connects with the answer to the join. Resolves when media flows, or with how the place was lost before that. */
  connect(answer: string): Promise<PlaceLoss | undefined>;
  /** Tells the server what the call sends, given what it knows by now; `learned` is what it has said of it. */
  tell(flags?: ParticipantFlags, learned?: ParticipantFlags): void;
  /** Media flows: the server is told from now on. It knows `known` from the join. */
  settle(known: ParticipantFlags): void;
  /** The call has changed. */
  follow(): void;
  /** Ends timers and attempts. Nothing happens in it any more. */
  release(): void;
}

/** Makes the place that is asked for with the payload that the call has now. */
export function createPlace(options: PlaceOptions): Place {
  const { signaling, call, chatId, logger, onDiscarded } = options;
  const source = toInt32Ssrc(call.ssrcs.audio);
  const lost = Promise.withResolvers<PlaceLoss>();
  lost.promise.catch(() => undefined);
  const attempt = new AbortController();
  let settled = false;

  const teller = createMediaStateTeller({
    state: () => call.mediaState,
    edit: async (flags) => signaling.edit?.(chatId, flags),
    onError: (error) => logger.warn({ error }, 'Telegram was not told what the call sends'),
  });
  const presence = createPresenceCheck({
    check: isPresent,
    onMissing: () => lost.resolve('missing'),
    onError(error) {
      if (isCallOverError(error)) onDiscarded();
      else logger.warn({ error }, 'Telegram could not be asked whether we are in the call');
    },
    everyMs: options.checkEveryMs,
  });

  async function isPresent(): Promise<boolean> {
    try {
      return (await signaling.check?.(chatId, [source]))?.includes(source) ?? true;
    } catch (error) {
      if (isNotJoinedError(error)) return false;
      throw error;
    }
  }

  function follow(): void {
    if (!settled) return;
    const { status } = call;
    if (status === 'connected') presence.stop();
    else presence.start();
    if (status === 'failed' || status === 'timeout') lost.resolve('connection');
    teller.tell();
  }

  return {
    source,
    lost: lost.promise,
    lose: (loss) => lost.resolve(loss),
    async connect(answer) {
      presence.start();
      const connected = call.connect(answer, { signal: attempt.signal }).then(() => undefined);
      return Promise.race([connected, lost.promise]);
    },
    tell(flags, learned) {
      if (learned) teller.learn(learned);
      teller.tell(flags);
    },
    settle(known) {
      settled = true;
      teller.start(known);
      // The call may have changed again since it connected.
      follow();
    },
    follow,
    release() {
      settled = false;
      presence.stop();
      teller.stop();
      attempt.abort();
      lost.reject(new AbortedError('staying in the call'));
    },
  };
}
