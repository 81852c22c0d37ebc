import { RxcallError, type RxcallErrorOptions } from '../core/errors.ts';

/**
 * The worker thread that a call lived in has ended: something threw in it, it ran out of memory, or it stopped answering. It
 * is retryable: a new call goes to a fresh worker.
 */
export class WorkerError extends RxcallError {
  /** With which it ended; null when it never ran, or was ended for not answering. */
  readonly exitCode: number | null;

  constructor(problem: string, exitCode: number | null, options: RxcallErrorOptions = {}) {
    super('ERR_WORKER', `The worker thread ${problem}.`, { retryable: true, ...options });
    this.exitCode = exitCode;
  }
}
