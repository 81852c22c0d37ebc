import { type FileHandle, open, stat } from 'node:fs/promises';
import { SourceError } from '../core/errors.ts';
import { type OggOpusFile, readOggOpusFile } from './ogg-opus-file.ts';
import type { Opening } from './source-options.ts';

/** What a look at a file has shown. */
export interface FileFacts {
  /** Its layout, when it is Ogg/Opus that can be sent as it is. */
  readonly ogg: OggOpusFile | undefined;
  /** Its first bytes; none of a pipe or a device, for what is read of it is gone. */
  readonly head: Uint8Array;
  readonly size: number;
}

const HEAD_BYTES = 16;

/** Looks at a file before it is opened for playing: rejects with a {@link SourceError} when it cannot be read. */
export async function inspectFile(
  { input, label, logger }: Pick<Opening, 'input' | 'label' | 'logger'>,
  { passthrough }: { passthrough: boolean },
): Promise<FileFacts> {
  let file: FileHandle | undefined;
  try {
    const stats = await stat(input);
    if (stats.isDirectory()) throw unreadable(label, 'is a folder, not a file');
    if (!stats.isFile()) return { ogg: undefined, head: new Uint8Array(0), size: 0 };
    if (stats.size === 0) throw new SourceError('ERR_SOURCE_NO_TRACK', label, `${label} is empty: 0 bytes.`);
    file = await open(input);
    const ogg = passthrough ? await readOggOpusFile(file, stats.size) : undefined;
    if (ogg) logger.debug({ source: label, links: ogg.links.length }, 'passed through without encoding');
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { ogg, head: buffer.subarray(0, bytesRead), size: stats.size };
  } catch (error) {
    throw error instanceof SourceError ? error : fromErrno(error as NodeJS.ErrnoException, input, label);
  } finally {
    await file?.close();
  }
}

/** A failed system call on a file, as an error of the source. */
export function fromErrno(cause: NodeJS.ErrnoException, input: string, label: string): SourceError {
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
    const place = input === label ? '' : ` (${input})`;
    const message = `${label} does not exist${place}. Check the path; a relative one starts at the working directory.`;
    return new SourceError('ERR_SOURCE_NOT_FOUND', label, message, { cause });
  }
  if (cause.code === 'EACCES' || cause.code === 'EPERM')
    return unreadable(label, 'may not be read by this user', cause);
  // Too many open files: not the fault of this one.
  const retryable = cause.code === 'EMFILE' || cause.code === 'ENFILE' || cause.code === 'EAGAIN';
  return unreadable(label, `cannot be read: ${cause.message}`, cause, retryable);
}

function unreadable(label: string, problem: string, cause?: unknown, retryable = false): SourceError {
  return new SourceError('ERR_SOURCE_UNREADABLE', label, `${label} ${problem}.`, { cause, retryable });
}
