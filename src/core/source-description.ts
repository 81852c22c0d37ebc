import { isObservable, type Observable } from 'rxjs';
import type { Sample } from './sample.ts';

/** What makes a source that can be told in words. */
export type SourceMaker = 'fromFile' | 'fromUrl' | 'fromShell' | 'fromShells' | 'loop' | 'playlist';

/** How a source was made: enough to make the same one in another thread. Among `args` may be sources, described too. */
export interface SourceDescription {
  readonly maker: SourceMaker;
  readonly args: readonly unknown[];
}

const descriptions = new WeakMap<object, SourceDescription>();

/** Notes how a source was made, and returns it. */
export function described<S extends Observable<Sample>>(source: S, maker: SourceMaker, args: readonly unknown[]): S {
  descriptions.set(source, { maker, args });
  return source;
}

/** How a source was made; undefined when that cannot be told in another thread, because of a function in it, say. */
export function describeSource(source: Observable<Sample>): SourceDescription | undefined {
  const description = descriptions.get(source);
  return description && findUnportable(description.args, '') === undefined ? description : undefined;
}

/**
 * The path of the first thing within `value` that cannot go to another thread as what it is: a function, an object of a
 * class, a source that cannot be described. Undefined when all of it can.
 */
export function findUnportable(value: unknown, path: string): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return path;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  if (isObservable(value)) return describeSource(value as Observable<Sample>) ? undefined : path;
  if (!Array.isArray(value) && !isPlainObject(value)) return path;
  for (const [name, part] of Object.entries(value)) {
    const found = findUnportable(part, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a value is an object literal, as opposed to an array or an object of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
