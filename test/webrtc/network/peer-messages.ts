import type { TransportOptions } from '../../../src/webrtc/transport-options.ts';
import type { LocalParameters, RemoteParameters, TransportState, TransportStats } from '../../../src/webrtc/types.ts';

/** What a peer process can be asked to do, and with what. */
export interface PeerRequest {
  create: TransportOptions;
  connect: RemoteParameters;
  /** Sends a packet with a running number every 20 ms. */
  send: null;
  stop: null;
  report: null;
}

export interface PeerReport {
  readonly states: TransportState[];
  /** The numbers that arrived, in order of arrival. */
  readonly received: number[];
  readonly sent: number;
  readonly stats: TransportStats;
}

export interface PeerAnswer {
  create: LocalParameters;
  connect: null;
  send: null;
  stop: null;
  report: PeerReport;
}
