import { isTl, tlFlag, tlId, tlMember, tlVector, type TlObject } from './tl-object.ts';

/** What the server says of ourselves in a call, out of `groupCallParticipant`. */
export interface SelfParticipant {
  /** Our audio SSRC as a signed 32-bit integer. Another one than ours: we are in the call from elsewhere. */
  readonly source: number;
  readonly left: boolean;
  readonly muted: boolean;
  /** Whether we may unmute ourselves; meaningful while muted. */
  readonly canSelfUnmute: boolean;
  /** How loud we are for everybody, 1 being 100 %; undefined when this update does not say. */
  readonly volume: number | undefined;
  /** Whether the update belongs to the numbered order of changes; others are hints, as of who speaks. */
  readonly versioned: boolean;
}

/** Something that happened to us in a call, or to the call. */
export type SignalingUpdate =
  | { readonly type: 'self'; readonly participant: SelfParticipant }
  /** The call has ended for everybody. */
  | { readonly type: 'discarded' };

export interface ReadUpdateOptions {
  /** `inputGroupCall.id` of our call; updates of other calls are skipped. Default: all calls are ours. */
  callId?: string | undefined;
  /** The number of the newest change seen; older ones are skipped. */
  version?: number | undefined;
}

/** The volume the schema writes for 100 %. */
const FULL_VOLUME = 10_000;

/**
 * Reads what a raw update says of ourselves, in order: out of `updateGroupCallParticipants` our own entries, and that the
 * call was discarded out of `updateGroupCall`. All other updates say nothing.
 */
export function readSignalingUpdate(update: unknown, options: ReadUpdateOptions = {}): SignalingUpdate[] {
  if (isTl(update, 'updateGroupCall')) {
    const call = tlMember(update, 'call');
    return isTl(call, 'groupCallDiscarded') && isOurs(call, options) ? [{ type: 'discarded' }] : [];
  }
  if (!isTl(update, 'updateGroupCallParticipants')) return [];
  const call = tlMember(update, 'call');
  if (!isTl(call, 'inputGroupCall') || !isOurs(call, options)) return [];
  const isOld = Number(tlMember(update, 'version') ?? Infinity) < (options.version ?? 0);
  return tlVector(update, 'participants')
    .filter((participant) => isTl(participant, 'groupCallParticipant'))
    .filter((participant) => tlFlag(participant, 'self'))
    .map(readParticipant)
    .filter((participant) => !(isOld && participant.versioned))
    .map((participant) => ({ type: 'self', participant }));
}

/** Whether an admin has muted a participant for good: only an admin can allow it to speak again. */
export function isForceMuted(participant: Pick<SelfParticipant, 'muted' | 'canSelfUnmute'>): boolean {
  return participant.muted && !participant.canSelfUnmute;
}

function isOurs(call: TlObject, { callId }: ReadUpdateOptions): boolean {
  return callId === undefined || tlId(call, 'id') === callId;
}

function readParticipant(participant: TlObject): SelfParticipant {
  const [left, min] = [tlFlag(participant, 'left'), tlFlag(participant, 'min')];
  return {
    source: Number(tlMember(participant, 'source')) | 0,
    left,
    muted: tlFlag(participant, 'muted'),
    canSelfUnmute: tlFlag(participant, 'canSelfUnmute'),
    volume: min ? undefined : Number(tlMember(participant, 'volume') ?? FULL_VOLUME) / FULL_VOLUME,
    versioned: left || tlFlag(participant, 'versioned') || tlFlag(participant, 'justJoined'),
  };
}
