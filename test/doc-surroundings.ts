/**
 * What examples in doc blocks and guides may use without saying where it comes from, besides what the library and RxJS
 * export. Only types count: the examples are checked, not run.
 */
import type { Observable, Subscriber } from 'rxjs';
import type { StringSession } from 'telegram/sessions/index.js';
import type { GroupCall } from '../src/calls/group-call.ts';
import type { MediaSource } from '../src/core/media-source.ts';
import type { PacedSample, Sample } from '../src/core/sample.ts';
import type { Segment } from '../src/core/segment.ts';
import type { mtcute } from '../src/telegram/adapters/mtcute.ts';
import type { RemoteParameters, WebRtcTrack } from '../src/webrtc/types.ts';

export { createReadStream } from 'node:fs';

/** A track, and a sink around one. */
export declare const track: WebRtcTrack;
export declare const audioTrack: WebRtcTrack;
export declare const videoTrack: WebRtcTrack;
export declare const tracks: readonly WebRtcTrack[];
export declare const sink: (sample: PacedSample) => void;
export declare const source: MediaSource;
export declare const sample: Sample;
export declare const samples$: Observable<Sample>;
export declare const samples: Sample[];

/** Controls. */
export declare const paused$: Observable<boolean>;
export declare const muted$: Observable<boolean>;
export declare const seekMs$: Observable<number>;
export declare const tracks$: Observable<string>;

/** Things to play: addresses, paths, an open file, sources. */
export declare const radio: string;
export declare const camera: string;
export declare const studio: string;
export declare const backup: string;
export declare const relay: string;
export declare const podcast: string;
export declare const chapters: readonly MediaSource[];
export declare const files: readonly string[];
export declare const file: { write(bytes: Uint8Array): void };

/** A call, and what a bot has around it. */
export declare const call: GroupCall;
export declare const chatId: number;
export declare const tg: { call(request: object): Promise<object> };
export declare function joinGroupCall(...request: readonly unknown[]): Promise<string>;
export declare function joinGroupCallPresentation(...request: readonly unknown[]): Promise<string>;
export declare function leaveGroupCall(...request: readonly unknown[]): Promise<void>;
export declare const apiId: number;
export declare const apiHash: string;
/** Of GramJS. */
export declare const session: StringSession;
/** Of mtcute's package for Node.js. */
export declare const TelegramClient: new (options: {
  apiId: number;
  apiHash: string;
}) => Parameters<typeof mtcute>[0] & { start(options: object): Promise<unknown> };

/** What `…` stands for. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export declare const anything: any;

/** What signaling brought of a peer. */
export declare const remote: RemoteParameters;

/** Inside a source that is being written. */
export declare const subscriber: Subscriber<Sample>;
export declare function readSample(segment: Segment): Sample;

/** A command line, and what becomes of its output. */
export declare const path: string;
export declare const args: readonly string[];
export declare const enough: boolean;
export declare function parse(chunk: Uint8Array): void;
export declare function showElapsed(ptsUs: number): void;
