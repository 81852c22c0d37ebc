/**
 * What examples in doc blocks and guides may use without saying where it comes from, besides what the library and RxJS
 * export. Only types count: the examples are checked, not run.
 */
import type { Observable, Subscriber } from 'rxjs';
import type { GroupCall } from '../src/calls/group-call.ts';
import type { MediaSource } from '../src/core/media-source.ts';
import type { PacedSample, Sample } from '../src/core/sample.ts';
import type { Segment } from '../src/core/segment.ts';
import type { RemoteParameters, WebRtcTrack } from '../src/webrtc/types.ts';

export { createReadStream } from 'node:fs';

/** A track, and a sink around one. */
export declare const track: WebRtcTrack;
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

/** Things to play: an address, paths, an open file. */
export declare const radio: string;
export declare const files: readonly string[];
export declare const file: { write(bytes: Uint8Array): void };

/** A call, and what a bot has around it. */
export declare const call: GroupCall;
export declare const chatId: number;
export declare function joinGroupCall(joinPayload: string): Promise<string>;
export declare function leaveGroupCall(): Promise<void>;

/** What signaling brought of a peer. */
export declare const remote: RemoteParameters;

/** Inside a source that is being written. */
export declare const subscriber: Subscriber<Sample>;
export declare function readSample(segment: Segment): Sample;
