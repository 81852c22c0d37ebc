export { createConference, type ConferenceOptions, type LoopbackConference } from './conference/conference.ts';
export type { AnswerShape, ConferenceBehavior, FeedbackOptions } from './conference/behavior.ts';
export type { LoopbackChannel } from './conference/participant-channel.ts';
export type { IceBehavior, Impairment } from '../webrtc/transport-options.ts';
export type { LoopbackParticipant, ParticipantNotes } from './conference/participant.ts';
export type { ConferencePage, PageOptions } from './page/page-server.ts';

export { measureStream, type Gap, type MeasureOptions, type SequenceHole } from './measurement/measure-stream.ts';
export type { StreamMeasurement } from './measurement/measure-stream.ts';
export type { PacketRecord } from './measurement/packet-log.ts';
export { analyzePcm, type DecodedAudio } from './measurement/analyze-pcm.ts';
export { decodeOgg, type DecodeOptions } from './measurement/decode-ogg.ts';

export { runMarbles, MARBLE_MS, type MarbleHelpers, type MarbleSampleOptions } from './run-marbles.ts';
export type { MarbleSamples, SampleExpectation } from './run-marbles.ts';
export { createFakeSource, type FakeSource, type FakeSourceLog, type FakeSourceOptions } from './fake-source.ts';
export { createFakeSink, type FakeSink, type FakeSinkOptions, type ReceivedSample } from './fake-sink.ts';
export { createScriptedFfmpeg, type ScriptedFfmpeg } from './ffmpeg/create-scripted-ffmpeg.ts';
export { expectNoLeaks, type NoLeaksOptions } from './expect-no-leaks.ts';
export { seededRandom } from './seeded-random.ts';
