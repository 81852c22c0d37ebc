import type { OwnedGroupCall } from './create-group-call.ts';
import type { OwnedRtmpCall } from './create-rtmp-call.ts';
import type { GroupCall } from './group-call.ts';
import type { RtmpCall } from './rtmp-call.ts';

/** What every call can do, whatever carries it. */
export interface CallControls
  extends
    AsyncDisposable,
    Pick<GroupCall, 'chatId' | 'state' | 'state$' | 'playback' | 'playback$' | 'positionMs' | 'position$'>,
    Pick<GroupCall, 'paused' | 'muted' | 'play' | 'pause' | 'resume' | 'mute' | 'unmute'>,
    Pick<GroupCall, 'seekTo' | 'seekBy' | 'stop' | 'close' | 'closed'> {}

/** A call of either kind; only a group call has a `joinPayload`. */
export type Call = GroupCall | RtmpCall;

/** A call as the client holds it. */
export type OwnedCall = OwnedGroupCall | OwnedRtmpCall;
