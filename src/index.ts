import { requireNode } from './core/require-node.ts';

requireNode();

// Calls
export type { ChatId } from './telegram/chat-id.ts';
export type { JoinedCall, JoinOptions } from './calls/join-chat.ts';
export type { Call, CallControls } from './calls/call.ts';
export { type Client, type ClientOptions, createClient } from './calls/client.ts';
export type { ClientEvent, ConnectionChange } from './calls/client-events.ts';
export type { ClientEventHandler } from './calls/event-dispatcher.ts';
export type { Rejoin, RejoinHook } from './calls/rejoiner.ts';
export type { RejoinPolicy } from './telegram/rejoin-policy.ts';
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
export type { RtmpCall, RtmpCallOptions, RtmpCallStats } from './calls/rtmp-call.ts';
export { transition } from './calls/transition.ts';

export { createReport, type Lack, type Report } from './calls/create-report.ts';
export { formatReport } from './calls/format-report.ts';

// Sources
export {
  MediaSource,
  type MediaSourceOptions,
  type OpenRequest,
  type ResolvedRequest,
  RTMP_ACCEPTS,
  type SinkAccepts,
  WEBRTC_ACCEPTS,
} from './core/media-source.ts';
export { fromFile, type FromFileOptions } from './sources/from-file.ts';
export { fromUrl, type FromUrlOptions } from './sources/from-url.ts';
export { fromYtDlp, type FromYtDlpOptions } from './sources/from-yt-dlp.ts';
export type { HttpSourceOptions } from './sources/http-options.ts';
export type { EncodedSourceOptions, TrackChoice } from './sources/source-options.ts';
export type { EqualizerBand, SourceFilters } from './sources/source-filters.ts';
export type { VideoFit } from './ffmpeg/video-args.ts';
export { fromShell, type FromShellOptions } from './sources/from-shell.ts';
export { fromShells, type FromShellsOptions, type ShellCommands } from './sources/from-shells.ts';
export { type ByteStream, fromStream, type FromStreamOptions } from './sources/from-stream.ts';
export { fromSamples, type FromSamplesOptions } from './sources/from-samples.ts';
export type { Command } from './ffmpeg/parse-command.ts';
export { CommandError } from './ffmpeg/command-error.ts';
export { quoteArg } from './ffmpeg/quote-arg.ts';
export { shell, type ShellValue } from './ffmpeg/shell.ts';

// Operators
export { answerKeyframeRequests, type AnswerKeyframeRequestsOptions } from './operators/answer-keyframe-requests.ts';
export { broadcast, type BroadcastOptions } from './operators/broadcast.ts';
export { failover, type Failover, type FailoverOptions } from './operators/failover.ts';
export type { FailoverInput, FailoverReason, FailoverStatus } from './operators/failover-state.ts';
export { keepalive, type KeepaliveOptions } from './operators/keepalive.ts';
export { type LiftOptions, liftSource, type OpenUpstream } from './operators/lift-source.ts';
export { loop } from './operators/loop.ts';
export { meter, type MeterOptions, type MeterStats } from './operators/meter.ts';
export type { KindStats } from './operators/meter-leg.ts';
export { mixTracks, type MixTracksOptions } from './operators/mix-tracks.ts';
export { mute } from './operators/mute.ts';
export { pace, type PaceOptions } from './operators/pace.ts';
export { pauseGate, type PauseGateOptions } from './operators/pause-gate.ts';
export { playlist, type PlaylistOptions } from './operators/playlist.ts';
export { rebase } from './operators/rebase.ts';
export { reconnect, type ReconnectOptions, type ReconnectStatus } from './operators/reconnect.ts';
export { seekRestart } from './operators/seek-restart.ts';
export { shiftAudio } from './operators/shift-audio.ts';
export { skipDuration } from './operators/skip-duration.ts';
export { stall, type StallOptions } from './operators/stall.ts';
export { switchSource, type SwitchSourceOptions } from './operators/switch-source.ts';
export { takeDuration } from './operators/take-duration.ts';
export { waitForKeyframe, type WaitForKeyframeOptions } from './operators/wait-for-keyframe.ts';

// Sinks and transport
export type { RtmpReconnectOptions, RtmpStatus } from './sinks/rtmp-connection.ts';
export type { RtmpOptions, RtmpOutput, RtmpStats } from './sinks/rtmp-output.ts';
export { type RtmpSink, toRtmp } from './sinks/to-rtmp.ts';
export { toSamples, toWebRtcTrack } from './sinks/webrtc-track.ts';
export { createCertificate, type DtlsCertificate } from './webrtc/certificate.ts';
export { isPhysicalInterface } from './webrtc/ice/host-candidates.ts';
export type { VideoBitrateBounds } from './webrtc/congestion/congestion-controller.ts';
export { createTransport } from './webrtc/create-transport.ts';
export { createSocketPool, type LeaseOptions, type SocketPool, type SocketPoolOptions } from './webrtc/socket-pool.ts';
export type { UdpSocket } from './webrtc/udp-socket.ts';
export type { DataChannel, DataChannelOptions } from './webrtc/data-channel.ts';
export type {
  IceBehavior,
  IceServer,
  IceTimings,
  Impairment,
  InterfaceFilter,
  IpFamily,
  TransportOptions,
} from './webrtc/transport-options.ts';
export type {
  DtlsFingerprint,
  DtlsRole,
  IceCandidate,
  IceParameters,
  IceRole,
  LocalParameters,
  ReceivedRtp,
  RemoteParameters,
  RtpCodec,
  RtpHeaderExtension,
  RtpParameters,
  SrtpProfile,
  TrackOptions,
  TrackStats,
  TransportState,
  TransportStats,
  WebRtcTrack,
  WebRtcTransport,
} from './webrtc/types.ts';

// Telegram's JSON
export { createJoinPayload, type JoinPayloadOptions } from './telegram/join-payload.ts';
export { type JoinAnswer, parseJoinAnswer } from './telegram/parse-answer.ts';
export { allocateSsrcs, type CallSsrcs, toInt32Ssrc, toUint32Ssrc } from './telegram/ssrc.ts';
export type { JoinRequest, Signaling } from './telegram/signaling.ts';
export { SignalingError, type SignalingErrorOptions } from './telegram/signaling-error.ts';

// What everything is made of
export {
  AUDIO_GRID_US,
  type AudioCodec,
  ceilToGrid,
  type Codec,
  type MediaKind,
  type PacedSample,
  type Sample,
  type VideoCodec,
} from './core/sample.ts';
export {
  type BreakReason,
  type FreezeWatcher,
  type Holding,
  Segment,
  type SegmentOptions,
  type VideoRate,
} from './core/segment.ts';
export { SampleQueue } from './core/sample-queue.ts';
export { type ClockTask, type MediaClock, schedulerClock } from './core/media-clock.ts';
export { createCallClock } from './core/call-clock.ts';
export { createWheelClock, processClock } from './core/process-clock.ts';
export { bindLogger, type Logger, silentLogger } from './core/logger.ts';
export { redact } from './core/redact.ts';
export {
  AbortedError,
  CallError,
  type ErrorCode,
  FfmpegError,
  type FfmpegFailure,
  MediaFormatError,
  OptionError,
  PayloadError,
  RxcallError,
  type RxcallErrorOptions,
  SourceError,
  TransportError,
} from './core/errors.ts';
export { NodeVersionError, requireNode } from './core/require-node.ts';
export { WorkerError } from './shards/worker-error.ts';

// ffmpeg
export { FfmpegNotFoundError, type LadderPlace, type LadderStep } from './ffmpeg/ffmpeg-not-found.ts';
export { locateFfmpeg, type LocatedFfmpeg, type LocateFfmpegOptions } from './ffmpeg/locate-ffmpeg.ts';
export { type FfmpegFeature, type FfmpegProbe, probeFfmpeg } from './ffmpeg/probe-ffmpeg.ts';
