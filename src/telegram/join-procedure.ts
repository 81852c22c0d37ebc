import { match } from 'ts-pattern';
import { checkDuration } from '../core/check-duration.ts';
import { AbortedError, CallError, OptionError } from '../core/errors.ts';
import { bindLogger, silentLogger } from '../core/logger.ts';
import { chatKey } from './chat-id.ts';
import { settledWithin, untilAborted } from './delay.ts';
import type { ParticipantFlags } from './media-state.ts';
import type { JoinCallOptions, Membership, MembershipEnd, PlaceLoss } from './membership.ts';
import { parseJoinAnswer } from './parse-answer.ts';
import { participantCommands } from './participant-commands.ts';
import { createPlace, type Place } from './place.ts';
import { createBackoff } from './rejoin-policy.ts';
import { isCallOverError, isNotJoinedError } from './rpc-error.ts';
import { isForceMuted, type SelfParticipant, type SignalingUpdate } from './self-participant.ts';
import { asSignalingError, SignalingError } from './signaling-error.ts';
import { joinAnswer, type JoinRequest } from './signaling.ts';
import { retryWithNewSsrcs } from './ssrc-retry.ts';

/** How long leaving waits for Telegram, and for a join that is still under way. */
const LEAVE_TIMEOUT_MS = 5000;

/** `phone.leaveGroupCall` was seen to take 0 as the source of whichever place we have. */
const ANY_SOURCE = 0;

/**
 * Joins a chat's call and stays in it: joins (with other SSRCs where they are taken), connects, says that we are not muted,
 * asks every 4 s whether we are still listed while there is no connection, joins anew when the server has dropped us or the
 * connection has failed, keeps the server's picture of us up to date, and leaves when the call is closed. A lost connection
 * is joined again with the payload of before first, so that the others see the same participant; else with another one.
 *
 * Resolves when media can flow. Rejects, having left, when Telegram refuses (a {@link SignalingError}), when the connection
 * cannot be made (the error of `call.connect`), when the call has no WebRTC or we may only listen in it (a
 * {@link CallError} `ERR_CALL_MODE`), or when it is aborted.
 */
export async function joinCall(options: JoinCallOptions): Promise<Membership> {
  const { signaling, call, chatId, onEvent = () => undefined } = options;
  const name = chatKey(chatId);
  const logger = bindLogger(options.logger ?? silentLogger, { layer: 'signaling', chatId: name });
  checkDuration('checkEveryMs', options.checkEveryMs);
  const over = new AbortController();
  const ended = Promise.withResolvers<MembershipEnd>();
  const backoff = createBackoff(options.rejoin);
  const ourSources = new Set<number>();
  const teardown: (() => void)[] = [];
  let volume = volumeFlags(options.volume === undefined ? 1 : options.volume);
  let end: MembershipEnd | undefined;
  let place: Place | undefined;
  let listening = false;
  let wasConnected = false;
  /** The source that the server lists us with, as far as we know. */
  let listed: number | undefined;
  let self: SelfParticipant | undefined;
  let joining: Promise<unknown> = Promise.resolve();
  let leaving: Promise<void> | undefined;

  /** Joins and connects. Returns how the place was lost before media flowed, undefined when it flows. */
  async function enter(): Promise<PlaceLoss | undefined> {
    const retry = { ...options.ssrcRetry, signal: over.signal };
    const { answer, taken } = await retryWithNewSsrcs(takePlace, renewTaken, retry);
    const { mode } = parseJoinAnswer(answer);
    if (mode === 'rtmp') throw modeError(`In chat ${name} one person streams by RTMP: make an RTMP call instead.`);
    if (mode === 'stream') {
      if (!options.waitForPermission && !wasConnected) {
        throw modeError(`In chat ${name} we may only listen: ask an admin to let us speak, or set waitForPermission.`);
      }
      listening = true;
      onEvent({ type: 'listening' });
      return taken.lost;
    }
    const loss = await taken.connect(answer);
    if (loss === undefined) settle(taken);
    return loss;
  }

  async function takePlace(): Promise<{ answer: string; taken: Place }> {
    if (over.signal.aborted) throw new AbortedError('joining');
    const onDiscarded = (): void => finish({ reason: 'discarded' });
    const taken = createPlace({ signaling, call, chatId, logger, onDiscarded, checkEveryMs: options.checkEveryMs });
    place = taken;
    ourSources.add(taken.source);
    const { muted, video } = call.mediaState;
    // A call that has ended is not started again behind the admins' backs.
    const create = wasConnected ? { create: false } : {};
    const request: JoinRequest = { ...options.request, ...create, muted, videoStopped: !video };
    const result = signaling.join(chatId, call.joinPayload, request).then((returned) => {
      listed = taken.source;
      return returned;
    });
    joining = result;
    const returned = await untilAborted(result, over.signal);
    return { answer: joinAnswer(returned), taken };
  }

  async function renewTaken(): Promise<void> {
    logger.info(
      { source: place?.source },
      'the SSRCs are taken, most likely by a former place of ours: joining with others',
    );
    await untilAborted(tryToLeave(listed ?? ANY_SOURCE), over.signal);
    await call.renew();
  }

  function settle(taken: Place): void {
    wasConnected = true;
    backoff.connected();
    const { muted, video } = call.mediaState;
    const forceMuted = self !== undefined && isForceMuted(self);
    taken.settle({ videoStopped: !video, videoPaused: false, presentationPaused: false, ...(forceMuted && { muted }) });
    // By itself, lest a refused volume keep us muted.
    if (volume) taken.tell(volume);
    onEvent({ type: 'joined' });
  }

  /** Joins until media flows. A first join is repeated only where the server itself undoes it. */
  async function getIn(first: PlaceLoss | 'first'): Promise<void> {
    let waitMs: number | undefined;
    let keepsPayload = first === 'connection' && call.status !== 'timeout';
    for (let reason: PlaceLoss | 'first' | undefined = first; reason;) {
      try {
        if (reason !== 'first') await prepareAnew(reason, keepsPayload, waitMs);
        keepsPayload = false;
        waitMs = undefined;
        onEvent({ type: 'joining', reason, attempt: backoff.attempts });
        reason = await enter();
      } catch (error) {
        const problem = asSignalingError(error, `joining chat ${name}`);
        if (over.signal.aborted || first === 'first' || !problem.retryable || !backoff.mayRetry) throw problem;
        logger.warn({ error: problem, attempt: backoff.attempts }, 'could not join again');
        waitMs = problem instanceof SignalingError ? problem.waitMs : undefined;
        reason = 'connection';
      }
    }
  }

  async function prepareAnew(reason: PlaceLoss, keepsPayload: boolean, waitMs: number | undefined): Promise<void> {
    releasePlace();
    if (reason !== 'allowed') {
      if (!backoff.mayRetry) throw new SignalingError(`Chat ${name} keeps dropping us.`, { retryable: true });
      await backoff.next(over.signal, waitMs);
    }
    logger.info({ reason, attempt: backoff.attempts, keepsPayload }, 'joining again');
    if (!keepsPayload) await call.renew();
  }

  async function stay(): Promise<void> {
    try {
      while (place) await getIn(await place.lost);
    } catch (error) {
      if (over.signal.aborted) return;
      const problem = asSignalingError(error, `staying in chat ${name}`);
      finish(isCallOverError(problem) ? { reason: 'discarded' } : { reason: 'failed', error: problem });
    }
  }

  function followCall(): void {
    if (call.status === 'closed') void leave();
    else place?.follow();
  }

  function followServer(update: SignalingUpdate): void {
    if (over.signal.aborted || !place) return;
    if (update.type === 'discarded') {
      finish({ reason: 'discarded' });
      return;
    }
    const { participant } = update;
    if (participant.source !== place.source) {
      const isForeign = !ourSources.has(participant.source) && !participant.left && participant.versioned;
      if (isForeign && listed === place.source) finish({ reason: 'elsewhere' });
      return;
    }
    if (participant.left) {
      listed = undefined;
      place.lose('kicked');
      return;
    }
    const commands = participantCommands(self, participant);
    self = { ...participant, volume: participant.volume ?? self?.volume };
    for (const command of commands) {
      if (command.type === 'unmute') place.tell({}, { muted: true });
      onEvent({ type: 'command', command });
    }
    if (listening && !isForceMuted(participant)) place.lose('allowed');
  }

  function releasePlace(): void {
    listening = false;
    backoff.lost();
    place?.release();
  }

  function finish(how: MembershipEnd): void {
    if (end) return;
    end = how;
    releasePlace();
    over.abort();
    for (const release of teardown.splice(0)) release();
    logger.info(how, 'not in the call any more');
    const isListed = how.reason === 'left' || how.reason === 'failed';
    leaving = isListed ? leavePlace() : Promise.resolve();
    ended.resolve(how);
  }

  /** A join under way cannot be taken back: it is left as soon as it is through, even if nobody waits for that any more. */
  async function leavePlace(): Promise<void> {
    const afterJoin = async (): Promise<void> => {
      await joining.catch(() => undefined);
      if (listed !== undefined) await tryToLeave(listed);
    };
    await settledWithin(afterJoin(), LEAVE_TIMEOUT_MS);
  }

  async function tryToLeave(source: number): Promise<void> {
    try {
      await signaling.leave(chatId, source);
    } catch (error) {
      if (isNotJoinedError(error) || isCallOverError(error)) return;
      logger.warn({ error }, 'Telegram was not told that we leave');
    }
  }

  async function leave(): Promise<void> {
    finish({ reason: 'left' });
    await leaving;
  }

  /** Why the first join came to nothing: what ended it meanwhile, or else what failed. */
  function rejection(error: unknown): unknown {
    if (options.signal?.aborted) return new AbortedError(`joining chat ${name}`, options.signal.reason);
    return match(end?.reason)
      .with('left', () => new CallError('ERR_CALL_CLOSED', `The call of chat ${name} was closed while joining.`))
      .with('discarded', () => new SignalingError(`The call of chat ${name} ended while joining.`))
      .with('elsewhere', () => new SignalingError(`This account joined the call of chat ${name} from elsewhere.`))
      .otherwise(() => error);
  }

  const abort = (): void => void leave();
  options.signal?.addEventListener('abort', abort, { once: true });
  teardown.push(() => options.signal?.removeEventListener('abort', abort));
  teardown.push(signaling.watch?.(chatId, followServer) ?? (() => undefined), call.watch(followCall));
  try {
    if (options.signal?.aborted) abort();
    await getIn('first');
  } catch (error) {
    const why = rejection(error);
    await leave();
    for (const release of teardown.splice(0)) release();
    throw why;
  }
  void stay();
  return {
    ended: ended.promise,
    setVolume(wanted) {
      volume = volumeFlags(wanted);
      place?.tell(volume);
    },
    leave,
    [Symbol.asyncDispose]: leave,
  };
}

/** Telegram counts volumes from 1 to 20,000; null leaves it as it is. */
function volumeFlags(volume: number | null): ParticipantFlags | undefined {
  if (volume === null) return undefined;
  if (volume >= 0 && volume <= 2) return { volume: Math.max(1, Math.round(volume * 10_000)) };
  throw new OptionError('volume', volume, 'a number from 0 to 2');
}

function modeError(message: string): CallError {
  return new CallError('ERR_CALL_MODE', message);
}
