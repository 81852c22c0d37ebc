import { finished, type Readable, type Writable } from 'node:stream';

/**
 * Writes a stream to the standard input of a program, no faster than that reads. When the stream fails, `onFailure` is told,
 * and the program gets to the end of what it has. Returns what stops it.
 */
export function feedStream(stream: Readable, stdin: Writable, onFailure: (error: Error) => void): () => void {
  let stopped = false;

  function write(chunk: unknown): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
      stream.destroy(new TypeError(`The stream gave ${typeof chunk}s where bytes are needed.`));
    } else if (!stdin.write(chunk)) {
      stream.pause();
    }
  }
  function readOn(): void {
    stream.resume();
  }
  function holdBack(): void {
    stream.pause();
  }

  stream.on('data', write);
  stdin.on('drain', readOn);
  stdin.on('close', holdBack); // the program has ended
  const unwatch = finished(stream, { writable: false }, (error) => {
    if (stopped) return;
    if (error) onFailure(error);
    stdin.end();
  });
  return () => {
    stopped = true;
    unwatch();
    stream.off('data', write);
    stdin.off('drain', readOn);
    stdin.off('close', holdBack);
  };
}
