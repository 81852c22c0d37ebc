import { BehaviorSubject, type Observable } from 'rxjs';
import { CallError } from '../../core/errors.ts';
import { silentLogger, type Logger } from '../../core/logger.ts';
import { allocateSsrcs, toInt32Ssrc } from '../../telegram/ssrc.ts';
import { createTransport } from '../../webrtc/create-transport.ts';
import { servePage, type ConferencePage, type PageOptions } from '../page/page-server.ts';
import { answeredNumbers, createAnswerJson } from './answer-json.ts';
import type { ConferenceBehavior } from './behavior.ts';
import { Forwarder } from './forwarder.ts';
import { parseJoinRequest } from './join-request.ts';
import { Participant, type LoopbackParticipant } from './participant.ts';

/** How long the conference waits for somebody who joined to connect. */
const CONNECT_TIMEOUT_MS = 60_000;

/** Where a conference listens, and how it treats those who join. */
export interface ConferenceOptions extends ConferenceBehavior {
  /** Local addresses that media goes over. Default `['127.0.0.1']`. */
  addresses?: readonly string[] | undefined;
  logger?: Logger | undefined;
}

/**
 * A conference server in this process that speaks Telegram's JSON and is on the wire what Telegram's server is, so
 * that a call can be tried and tested without a network and without an account.
 */
export interface LoopbackConference {
  /** Everybody who ever joined, in that order; those who left keep their measurements. */
  readonly participants: readonly LoopbackParticipant[];
  /** Replays the present list; completes with the conference. */
  readonly participants$: Observable<readonly LoopbackParticipant[]>;
  /**
   * Lets somebody in, as `phone.joinGroupCall` does: takes the join payload, returns the answer JSON.
   *
   * @param behavior How to treat this one; what is left out is as the conference was created.
   * @throws RxcallError `ERR_PAYLOAD` for a malformed payload, {@link CallError} `ERR_CALL_EXISTS` when the SSRC is in
   *   use (Telegram's `GROUPCALL_SSRC_DUPLICATE_MUCH`).
   */
  join(payload: string, behavior?: ConferenceBehavior): Promise<string>;
  /**
   * Lets somebody who is in show their screen, too, as `phone.joinGroupCallPresentation` does: another connection, which ends
   * with that of `presenter`, their audio SSRC.
   *
   * @throws as {@link join}, and {@link CallError} `ERR_CALL_STATE` when nobody has that SSRC (Telegram's
   *   `GROUPCALL_JOIN_MISSING`).
   */
  joinPresentation(presenter: number, payload: string, behavior?: ConferenceBehavior): Promise<string>;
  /** The participant with this audio SSRC, signed or unsigned; the latest when several had it one after the other. */
  participant(source: number): LoopbackParticipant | undefined;
  /** Takes somebody out, as `phone.leaveGroupCall` does. */
  leave(source: number): Promise<void>;
  /** Serves a page on which a browser listens to the conference and sees its numbers. */
  servePage(options?: PageOptions): Promise<ConferencePage>;
  /** Ends it: idempotent, resolves when sockets, servers and timers are gone. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a loopback conference.
 *
 * @example
 * const conference = await createConference({ impair: { lossRate: 0.02, traffic: 'media' } });
 * await call.connect(await conference.join(call.joinPayload));
 * await call.play(fromFile('song.mp3'));
 * const { lossPct, maxGapMs, driftPpm } = conference.participants[0]!.measure();
 */
export function createConference(options: ConferenceOptions = {}): Promise<LoopbackConference> {
  const { addresses = ['127.0.0.1'], logger = silentLogger, ...defaults } = options;
  const participants$ = new BehaviorSubject<readonly Participant[]>([]);
  const pages = new Set<ConferencePage>();
  const forwarder = new Forwarder();
  let closing: Promise<void> | undefined;

  function find(source: number): Participant | undefined {
    return participants$.value.findLast((participant) => participant.source === toInt32Ssrc(source));
  }

  async function joinPresentation(source: number, payload: string, behavior?: ConferenceBehavior): Promise<string> {
    const presenter = find(source);
    if (!presenter || presenter.state === 'closed' || presenter.state === 'failed') {
      throw new CallError('ERR_CALL_STATE', `GROUPCALL_JOIN_MISSING: SSRC ${source} is not in the call.`);
    }
    return join(payload, behavior, presenter);
  }

  function checkOpen(): void {
    if (closing) throw new CallError('ERR_CALL_CLOSED', 'The conference is closed.');
  }

  /** What was still being opened when the conference closed is closed as well. */
  async function opened<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
    const part = await opening;
    if (closing) await part.close();
    checkOpen();
    return part;
  }

  async function join(payload: string, override: ConferenceBehavior = {}, presenter?: Participant): Promise<string> {
    checkOpen();
    const behavior = { ...defaults, ...override };
    const request = parseJoinRequest(payload);
    const state = find(request.audioSsrc)?.state;
    if (state && state !== 'closed' && state !== 'failed') {
      throw new CallError(
        'ERR_CALL_EXISTS',
        `GROUPCALL_SSRC_DUPLICATE_MUCH: SSRC ${request.audioSsrc} is in the call.`,
      );
    }
    if (behavior.mode === 'stream') return JSON.stringify({ stream: true });
    if (behavior.mode === 'rtmp') return JSON.stringify({ stream: true, rtmp: true });

    const shape = behavior.answer ?? {};
    const transport = await opened(
      createTransport({
        iceRole: 'controlling',
        dtlsRole: request.dtlsRole === 'server' ? 'client' : 'server',
        addresses,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        srtpProfiles: behavior.srtpProfiles,
        iceBehavior: behavior.ice,
        iceTimings: behavior.iceTimings,
        impair: behavior.impair,
        logger,
      }),
    );
    const probeSsrc = allocateSsrcs().audio;
    const participant = new Participant(transport, {
      request,
      numbers: answeredNumbers(shape),
      ssrc: probeSsrc,
      feedback: behavior.feedback,
      presenter: presenter?.source,
    });
    presenter?.state$.subscribe({ complete: () => void participant.leave() });
    participants$.next([...participants$.value, participant]);
    forwarder.add(participant);
    transport.state$.subscribe({ complete: () => forwarder.remove(participant) });
    if (!behavior.silent) void participant.connect(request, logger);
    return createAnswerJson(transport.localParameters, shape, participant.endpoint, probeSsrc);
  }

  async function close(): Promise<void> {
    await Promise.all([...pages].map((page) => page.close()));
    await Promise.all(participants$.value.map((participant) => participant.leave()));
    participants$.complete();
  }

  const conference: LoopbackConference = {
    get participants() {
      return participants$.value;
    },
    participants$: participants$.asObservable(),
    join: (payload, behavior) => join(payload, behavior),
    joinPresentation,
    participant: find,
    async leave(source) {
      await find(source)?.leave();
    },
    async servePage(pageOptions = {}) {
      checkOpen();
      const page = await opened(servePage(participants$, { logger, addresses, ...pageOptions }));
      pages.add(page);
      return page;
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => conference.close(),
  };
  return Promise.resolve(conference);
}
