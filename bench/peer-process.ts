import { fork, type ChildProcess } from 'node:child_process';
import { sibling } from './sibling.ts';
import type { PeerAnswers, PeerRequest } from './peer.ts';

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** Whoever can be asked what `peer.ts` answers. */
export interface Peer {
  ask<T extends PeerRequest>(request: T): Promise<PeerAnswers[T['ask']]>;
}

/** The process that receives, see `peer.ts`. */
export class PeerProcess implements Peer {
  readonly #child: ChildProcess = fork(sibling(import.meta.url, 'peer'));
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor() {
    this.#child.on('message', ({ id, value, error }: { id: number; value: never; error?: string }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    this.#child.on('exit', () => {
      for (const waiting of this.#waiting.values()) waiting.reject(new Error('The receiving process ended.'));
    });
  }

  ask<T extends PeerRequest>(request: T): Promise<PeerAnswers[T['ask']]> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, request });
    });
  }

  /** The peer as one of many calls sees it. */
  call(call: number): Peer {
    return { ask: (request) => this.ask({ ...request, call }) };
  }

  close(): void {
    this.#child.kill();
  }
}
