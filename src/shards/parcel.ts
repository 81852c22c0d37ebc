import { isObservable, type Observable } from 'rxjs';
import { inspect } from 'node:util';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { MediaSource } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';
import { describeSource, isPlainObject, type SourceMaker } from '../core/source-description.ts';
import { makeSource } from './make-source.ts';
import { remoteSource, type SourceFacts } from './remote-source.ts';
import { type OfThisThread, serveSource } from './serve-source.ts';
import { packError, unpackError, type WireError } from './wire-error.ts';

/** What a structured clone would lose, marked, in the place of the value. */
type Marked =
  | { readonly $rxcall: 'error'; readonly error: WireError }
  | { readonly $rxcall: 'signal'; readonly aborted: boolean }
  | { readonly $rxcall: 'made'; readonly maker: SourceMaker; readonly args: unknown }
  | { readonly $rxcall: 'source'; readonly port: MessagePort; readonly facts: SourceFacts };

/** Arguments on their way to another thread, and what has to stay here for them. */
export interface Parcel {
  readonly content: unknown;
  readonly transfer: readonly MessagePort[];
  /** The signal among the arguments. */
  readonly signal: AbortSignal | undefined;
  /** Whether there was a source among them. */
  readonly hasSource: boolean;
  /** Ends the sources that are served from here. */
  dispose(): void;
}

/** Packs arguments: sources by their description, or else served from here; errors; one signal to abort by. */
export function packParcel(args: readonly unknown[], own?: OfThisThread): Parcel {
  const transfer: MessagePort[] = [];
  const disposals: (() => void)[] = [];
  let signal: AbortSignal | undefined;
  let hasSource = false;

  function packSource(source: Observable<Sample>): Marked {
    hasSource = true;
    const description = describeSource(source);
    if (description) return { $rxcall: 'made', maker: description.maker, args: pack(description.args) };
    const { port1, port2 } = new MessageChannel();
    transfer.push(port2);
    disposals.push(serveSource(source, port1, own));
    return { $rxcall: 'source', port: port2, facts: factsOf(source) };
  }

  function pack(value: unknown): unknown {
    if (isObservable(value)) return packSource(value as Observable<Sample>);
    if (value instanceof AbortSignal) {
      signal = value;
      return { $rxcall: 'signal', aborted: value.aborted } satisfies Marked;
    }
    return packPlain(value, pack);
  }

  return {
    content: pack(args),
    transfer,
    signal,
    hasSource,
    dispose() {
      for (const dispose of disposals.splice(0)) dispose();
    },
  };
}

/** Packs an answer or something to be told: errors as errors, whatever else cannot travel as text. */
export function packAnswer(value: unknown): unknown {
  return packPlain(value, packAnswer);
}

/** Unpacks either; `signal` is the one to abort by at this end. */
export function unpack(packed: unknown, signal?: AbortSignal): unknown {
  if (Array.isArray(packed)) return packed.map((part) => unpack(part, signal));
  if (!isPlainObject(packed)) return packed;
  if ('$rxcall' in packed) return unmark(packed as Marked, signal);
  return Object.fromEntries(Object.entries(packed).map(([name, part]) => [name, unpack(part, signal)]));
}

function unmark(marked: Marked, signal: AbortSignal | undefined): unknown {
  switch (marked.$rxcall) {
    case 'error':
      return unpackError(marked.error);
    case 'signal':
      return marked.aborted ? AbortSignal.abort() : signal;
    case 'made':
      return makeSource(marked.maker, unpack(marked.args) as unknown[]);
    case 'source':
      return remoteSource(marked.port, marked.facts);
  }
}

function packPlain(value: unknown, pack: (part: unknown) => unknown): unknown {
  if (value instanceof Error) return { $rxcall: 'error', error: packError(value) } satisfies Marked;
  if (typeof value === 'function' || typeof value === 'symbol') return String(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(pack);
  if (!isPlainObject(value)) return inspect(value, { depth: 1 });
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, pack(part)]));
}

/** An Observable that says nothing of itself is called what a call itself would call it. */
function factsOf(source: Observable<Sample>): SourceFacts {
  if (!(source instanceof MediaSource)) return { label: 'samples', seekable: false, live: false, startMs: 0 };
  const { label, seekable, live, startMs } = source;
  return { label, seekable, live, startMs };
}
