import { BehaviorSubject, filter, firstValueFrom, type Observable, Subject, takeUntil, timeout } from 'rxjs';
import { CallError, OptionError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import { parseServerMessage } from '../telegram/colibri.ts';
import type { DataChannel } from '../webrtc/data-channel.ts';
import type { WebRtcTransport } from '../webrtc/types.ts';

/** How long a message waits for the channel to open. */
const OPEN_TIMEOUT_MS = 10_000;
/** What every server takes (RFC 8841, section 6.1). */
const MAX_MESSAGE_BYTES = 65_536;
/** Telegram's own clients stop sending only when nobody has wanted a picture for so long, and begin at once. */
const UNWANTED_FOR_US = 2_000_000;

export interface ServerChannelOptions {
  /** That of the place that the call has at present. */
  transport: () => WebRtcTransport;
  /** True: as soon as there is a connection. False: never. Default: when there is something to say, or a picture to show. */
  dataChannel: boolean | undefined;
  clock: MediaClock;
  logger: Logger;
}

/** The data channel of a call to its server, over all its connections. */
export interface ServerChannel {
  /** Every text of the server from now on; completes with the call. */
  readonly messages$: Observable<string>;
  /** See {@link GroupCall.idealVideoHeight$}. */
  readonly idealHeight$: Observable<number | null>;
  readonly idealHeight: number | null;
  /** Pictures are wanted again, after they were not: the first has to decode on its own. */
  readonly resumed$: Observable<void>;
  /** A picture is about to be sent. Returns whether it is wanted, and decodes with those that were sent before. */
  takesVideo(keyframe: boolean): boolean;
  /** See {@link GroupCall.sendMessage}. */
  send(text: string): Promise<void>;
  /** There is a connection, or another one. */
  connected(): void;
  close(): void;
}

export function createServerChannel(options: ServerChannelOptions): ServerChannel {
  const { transport, dataChannel, clock, logger } = options;
  const messages$ = new Subject<string>();
  const idealHeight$ = new BehaviorSubject<number | null>(null);
  const resumed$ = new Subject<void>();
  const closed$ = new Subject<void>();
  let isWanted = dataChannel === true;
  let channel: DataChannel | undefined;
  let opening: Promise<DataChannel> | undefined;
  let unwantedSinceUs = Infinity;
  /** Some were left out, so what follows does not decode before the next keyframe. */
  let hasLeftOut = false;

  function open(): Promise<DataChannel> {
    isWanted = true;
    if (channel && channel.state !== 'closed') return Promise.resolve(channel);
    opening ??= transport()
      .openDataChannel()
      .then(adopt)
      .finally(() => (opening = undefined));
    return opening;
  }

  function adopt(opened: DataChannel): DataChannel {
    channel = opened;
    opened.messages$.pipe(takeUntil(closed$)).subscribe(receive);
    opened.state$.pipe(takeUntil(closed$)).subscribe({ complete: () => constrain(null) });
    return opened;
  }

  function receive(text: string): void {
    const message = parseServerMessage(text);
    if (message.type === 'senderVideo') constrain(message.idealHeight);
    else if (message.type === 'debug') logger.debug({ message: message.message }, 'the server says');
    messages$.next(text);
  }

  function constrain(height: number | null): void {
    const wasTaken = isTaken();
    if (height !== 0) unwantedSinceUs = Infinity;
    else if (unwantedSinceUs === Infinity) unwantedSinceUs = clock.nowUs();
    if (height !== idealHeight$.value) idealHeight$.next(height);
    if (!wasTaken && isTaken()) resumed$.next();
  }

  function isTaken(): boolean {
    return clock.nowUs() < unwantedSinceUs + UNWANTED_FOR_US;
  }

  /** It may as well not open: what is sent does not depend on it. */
  function tryToOpen(): void {
    open().catch((error: unknown) => logger.debug({ error }, 'there is no data channel'));
  }

  return {
    messages$: messages$.asObservable(),
    idealHeight$: idealHeight$.asObservable(),
    resumed$: resumed$.asObservable(),
    get idealHeight() {
      return idealHeight$.value;
    },
    takesVideo(keyframe) {
      if (!isWanted && dataChannel !== false) tryToOpen();
      hasLeftOut = !isTaken() || (hasLeftOut && !keyframe);
      return !hasLeftOut;
    },
    async send(text) {
      if (dataChannel === false) throw notOpen('options.dataChannel is false');
      if (typeof text !== 'string' || Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
        throw new OptionError('text', text, `a text of at most ${MAX_MESSAGE_BYTES} bytes`);
      }
      const { state } = transport();
      if (state !== 'connected' && state !== 'disconnected') throw notOpen(`the call is ${state}`);
      const opened = await open();
      const settled$ = opened.state$.pipe(
        filter((now) => now !== 'connecting'),
        timeout(OPEN_TIMEOUT_MS),
      );
      await firstValueFrom(settled$).catch(() => {
        throw notOpen(`the server has not opened it within ${OPEN_TIMEOUT_MS} ms`);
      });
      if (!opened.send(text)) throw notOpen('it was closed');
    },
    connected() {
      if (isWanted) tryToOpen();
    },
    close() {
      closed$.next();
      messages$.complete();
      idealHeight$.complete();
      resumed$.complete();
    },
  };
}

function notOpen(reason: string): CallError {
  return new CallError('ERR_CALL_STATE', `There is no data channel to the server: ${reason}.`);
}
