export { type ChatId, type ChatReference, chatKey, parseChatId, toBotApiId } from './chat-id.ts';
export { type JoinPayloadOptions, createJoinPayload } from './join-payload.ts';
export { type JoinAnswer, parseJoinAnswer } from './parse-answer.ts';
export { type FindJoinAnswerOptions, findJoinAnswer } from './find-join-answer.ts';
export { allocateSsrcs, type CallSsrcs, toInt32Ssrc, toUint32Ssrc } from './ssrc.ts';
export { type JoinRequest, joinAnswer, type Signaling } from './signaling.ts';
export { asSignalingError, SignalingError, type SignalingErrorOptions } from './signaling-error.ts';
export { isCallOverError, isDuplicateSsrcError, isNotJoinedError, readRpcError, type RpcError } from './rpc-error.ts';
export { retryWithNewSsrcs, type SsrcRetryOptions } from './ssrc-retry.ts';
export { type MediaState, type ParticipantFlags, participantFlags } from './media-state.ts';
export {
  isForceMuted,
  readSignalingUpdate,
  type ReadUpdateOptions,
  type SelfParticipant,
  type SignalingUpdate,
} from './self-participant.ts';
export { type ParticipantCommand, participantCommands } from './participant-commands.ts';
export type { JoinableCall, JoinableStatus } from './joinable-call.ts';
export type { JoinCallOptions, Membership, MembershipEnd, MembershipEvent, PlaceLoss } from './membership.ts';
export type { RejoinPolicy } from './rejoin-policy.ts';
export { joinCall } from './join-procedure.ts';
export {
  parseServerMessage,
  receiverVideoConstraints,
  type ReceiverVideoOptions,
  senderVideoConstraints,
  type ServerMessage,
  type WantedVideo,
} from './colibri.ts';
