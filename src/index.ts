import { requireNode } from './core/require-node.ts';

requireNode();

// Calls
export { type ChatId, type Client, type ClientOptions, createClient } from './calls/client.ts';
export type { ClientEvent } from './calls/client-events.ts';
export type { ClientEventHandler } from './calls/event-dispatcher.ts';
export type { CallStats, GroupCall } from './calls/group-call.ts';
export {
  type CallEvent,
  type CallState,
  type CloseReason,
  type ConnectionState,
  type EndReason,
  initialCallState,
  type Playback,
  type PlaybackState,
} from './calls/call-state.ts';
export type { PlaybackEvent } from './calls/playback-events.ts';
export { transition } from './calls/transition.ts';

// Sources
export {
  MediaSource,
  type MediaSourceOptions,
  type OpenRequest,
  type ResolvedRequest,
  type SinkAccepts,
  WEBRTC_ACCEPTS,
} from './core/media-source.ts';
export { fromFile, type FromFileOptions } from './sources/from-file.ts';
export { fromUrl, type FromUrlOptions } from './sources/from-url.ts';

// Operators
export * as operators from './operators/index.ts';
