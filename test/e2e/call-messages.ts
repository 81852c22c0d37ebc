import type { StreamMeasurement } from '../../src/testing/measurement/measure-stream.ts';
import type { IceTimings } from '../../src/webrtc/transport-options.ts';

/** What a call in a process of its own can be asked to do, and with what. */
export interface CallRequest {
  /** Opens it, and answers with its join payload. */
  open: { readonly iceTimings: IceTimings };
  /** Takes an answer: to the join payload, or to what {@link CallReport.asked} asks for. */
  answer: string;
  play: null;
  report: null;
  /** Closes it; rejects when something of it is left. */
  close: null;
}

export interface CallReport {
  /** Every state of the connection, and every end of a playback. */
  readonly told: readonly string[];
  /** How often another join was asked for. */
  readonly asked: number;
  readonly playback: string;
  readonly positionMs: number;
  /** The local address that it sends from. */
  readonly local: string | undefined;
}

export interface CallAnswer {
  open: string;
  answer: null;
  play: null;
  report: CallReport;
  close: null;
}

/** The same of a conference. */
export interface ConferenceRequest {
  /** Opens it on that address. */
  open: string;
  join: string;
  /** Takes out whoever joined last. */
  leave: null;
  /** The sound of whoever joined last. */
  measure: null;
}

export interface ConferenceAnswer {
  open: null;
  join: string;
  leave: null;
  measure: Pick<StreamMeasurement, 'packets' | 'lossPct'> & { readonly joined: number };
}
