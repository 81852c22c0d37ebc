import { close, open, read } from 'node:fs';
import { Observable } from 'rxjs';
import type { ReadValve } from '../ffmpeg/read-valve.ts';
import { fromErrno } from './inspect-file.ts';

export interface ReadFileChunksOptions {
  path: string;
  /** Where to begin, in bytes. */
  start: number;
  /** How much to read at once. */
  chunkBytes: number;
  /** Gives memory to read to, of that many bytes or so. Default: a buffer. */
  reserve?: ((bytes: number) => Uint8Array) | undefined;
  valve: ReadValve;
  /** What errors call the file. */
  label: string;
}

/**
 * The bytes of a file, a chunk at a time, as long as the valve is open. Unlike a stream of Node it never reads ahead, and
 * costs a third of the memory and less CPU, for each of a thousand calls. Errors with a {@link SourceError}.
 */
export function readFileChunks({
  path,
  start,
  chunkBytes,
  reserve = (bytes) => Buffer.allocUnsafeSlow(bytes),
  valve,
  label,
}: ReadFileChunksOptions): Observable<Uint8Array> {
  return new Observable((subscriber) => {
    let file: number | undefined;
    let position = start;
    let busy = true;

    function readNext(): void {
      if (busy || subscriber.closed || !valve.isOpen) return;
      busy = true;
      const chunk = reserve(chunkBytes);
      read(file!, chunk, 0, chunk.length, position, (error, bytes) => {
        busy = false;
        if (subscriber.closed) release();
        else if (error) fail(error);
        else if (bytes === 0) subscriber.complete();
        else {
          position += bytes;
          subscriber.next(chunk.subarray(0, bytes));
          readNext();
        }
      });
    }

    function fail(error: NodeJS.ErrnoException): void {
      subscriber.error(fromErrno(error, path, label));
    }

    /** Not while a read is under way: another file may have the same number by then. */
    function release(): void {
      if (file !== undefined && !busy) close(file, () => {});
      if (!busy) file = undefined;
    }

    open(path, 'r', (error, opened) => {
      busy = false;
      if (!error) file = opened;
      if (subscriber.closed) release();
      else if (error) fail(error);
      else readNext();
    });
    valve.watch(readNext);
    return () => {
      valve.watch(undefined);
      release();
    };
  });
}
