import { RxcallError } from './errors.ts';

const OLDEST = [22, 12] as const;

/** This Node is older than what the library is written for. */
export class NodeVersionError extends RxcallError {
  constructor(version: string) {
    super('ERR_NODE_VERSION', `rxcall needs Node.js ${OLDEST.join('.')} or newer; this is ${version}.`);
  }
}

/** Throws a {@link NodeVersionError} unless `version` (as in `22.12.0`) is new enough. */
export function requireNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) throw new NodeVersionError(version);
}
