import type { Logger } from '../core/logger.ts';

/** What is asked of a worker. `id` numbers what is asked, `target` the object that is meant. */
export type HostRequest =
  | { readonly type: 'create'; readonly id: number; readonly target: number; readonly options: unknown }
  /** The value of a member: of a method, what a call of it returns; of a promise, what becomes of it. */
  | {
      readonly type: 'get';
      readonly id: number;
      readonly target: number;
      readonly member: string;
      readonly args: unknown;
      /** Who asks stands still until the answer is there. */
      readonly waiting: boolean;
    }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'subscribe'; readonly id: number; readonly target: number; readonly member: string }
  | { readonly type: 'unsubscribe'; readonly id: number }
  | { readonly type: 'release'; readonly target: number };

/** What a worker says. */
export type HostMessage =
  | { readonly type: 'value' | 'failure'; readonly id: number; readonly value: unknown }
  | { readonly type: 'next' | 'error' | 'complete'; readonly id: number; readonly value?: unknown }
  | HostNotice;

export type HostNotice =
  | {
      readonly type: 'log';
      readonly level: keyof Logger;
      readonly data: unknown;
      readonly message?: string | undefined;
    }
  /** What was published on the diagnostics channel `rxcall:ffmpeg:` + `event`. */
  | { readonly type: 'ffmpeg'; readonly event: 'spawn' | 'exit'; readonly facts: FfmpegFacts };

export type FfmpegFacts = { readonly pid: number } & Readonly<Record<string, unknown>>;

/** Indexes of the shared counters: how often who waits was to look anew, and whether the worker has ended. */
export const ANSWERED = 0;
export const ENDED = 1;

/** Wakes who stands still: there is an answer, or none will come. Also who is only about to stand still. */
export function wake(flags: Int32Array<SharedArrayBuffer>): void {
  Atomics.add(flags, ANSWERED, 1);
  Atomics.notify(flags, ANSWERED);
}
