import { isMatching, P } from 'ts-pattern';

/** How high a picture a participant wants of another, in pixels: 180 is a thumbnail, 360 medium, 720 all there is. */
export interface WantedVideo {
  readonly maxHeight: number;
  /** Default 180. */
  readonly minHeight?: number | undefined;
}

export interface ReceiverVideoOptions {
  /** What is wanted, by endpoint: `video.endpoint` of a participant. Of those that are not named, nothing is. */
  readonly endpoints: Readonly<Record<string, WantedVideo>>;
  /** Those wanted at their best. Default none. */
  readonly onStage?: readonly string[] | undefined;
}

/** What the server says on the data channel. */
export type ServerMessage =
  /** Nobody needs our picture higher than this, in pixels; 0: nobody needs it at all. */
  | { readonly type: 'senderVideo'; readonly idealHeight: number }
  /** For whoever debugs; one line per endpoint. */
  | { readonly type: 'debug'; readonly message: string }
  /** Anything else: `class` is its `colibriClass`, undefined for what is not of that form. */
  | { readonly type: 'other'; readonly class: string | undefined };

const HEIGHT = P.number.gte(0);

/**
 * The message that asks the server for the pictures of others. To be sent when the channel opens and whenever the wish
 * changes; Telegram's own clients repeat it every five seconds.
 *
 * @example
 * await call.sendMessage(receiverVideoConstraints({ endpoints: { '7a3f9c1e': { maxHeight: 720 } } }));
 */
export function receiverVideoConstraints({ endpoints, onStage = [] }: ReceiverVideoOptions): string {
  return JSON.stringify({
    colibriClass: 'ReceiverVideoConstraints',
    defaultConstraints: { maxHeight: 0 },
    onStageEndpoints: onStage,
    constraints: Object.fromEntries(
      Object.entries(endpoints).map(([endpoint, { maxHeight, minHeight = 180 }]) => [
        endpoint,
        { minHeight: Math.min(minHeight, maxHeight), maxHeight },
      ]),
    ),
  });
}

/**
 * How high a picture of each endpoint a client asks for, by what {@link receiverVideoConstraints} writes: in pixels, 0 for
 * none. Undefined for any other message. Never throws.
 */
export function parseReceiverVideo(text: string): ((endpoint: string) => number) | undefined {
  const message = parse(text);
  if (!isMatching({ colibriClass: 'ReceiverVideoConstraints' }, message)) return undefined;
  const { defaultConstraints, constraints } = message as { defaultConstraints?: unknown; constraints?: unknown };
  const named = new Map(isMatching(P.record(P.string, P.any), constraints) ? Object.entries(constraints) : []);
  return (endpoint) => maxHeightOf(named.get(endpoint)) ?? maxHeightOf(defaultConstraints) ?? 0;
}

function maxHeightOf(constraint: unknown): number | undefined {
  return isMatching({ maxHeight: HEIGHT }, constraint) ? constraint.maxHeight : undefined;
}

/** The message by which a server tells a sender how high a picture is needed; see {@link ServerMessage}. */
export function senderVideoConstraints(idealHeight: number): string {
  return JSON.stringify({ colibriClass: 'SenderVideoConstraints', videoConstraints: { idealHeight } });
}

/** Reads a message of the server. Never throws: what is not understood is `other`. */
export function parseServerMessage(text: string): ServerMessage {
  const message = parse(text);
  if (isMatching({ colibriClass: 'SenderVideoConstraints', videoConstraints: { idealHeight: HEIGHT } }, message)) {
    return { type: 'senderVideo', idealHeight: message.videoConstraints.idealHeight };
  }
  if (isMatching({ colibriClass: 'DebugMessage', message: P.string }, message)) {
    return { type: 'debug', message: message.message };
  }
  return { type: 'other', class: isMatching({ colibriClass: P.string }, message) ? message.colibriClass : undefined };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
