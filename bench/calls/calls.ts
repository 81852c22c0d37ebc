import type { SrtpProfile } from '../../src/webrtc/types.ts';
import type { Lateness } from '../lateness.ts';
import type { PeerProcess } from '../peer-process.ts';

export interface CallsOptions {
  n: number;
  video: boolean;
  profile: SrtpProfile;
  /** How long they have to last. */
  seconds: number;
  lateness: Lateness;
}

/** Calls that are connected. */
export interface Calls {
  /** Begins to send, as calls do: 50 packets of audio a second each, and 100 of video if wanted. */
  start(): void;
  stop(): void;
  /** Packets that were sent, or should have been. */
  packets(): number;
}

export type OpenCalls = (peer: PeerProcess, options: CallsOptions) => Promise<Calls>;

/** Connections that are made at the same time. */
export const CONNECT_AT_ONCE = 16;
