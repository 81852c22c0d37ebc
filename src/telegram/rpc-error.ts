/** What Telegram refused a request with, whichever library tells it. */
export interface RpcError {
  /** As in `GROUPCALL_SSRC_DUPLICATE_MUCH`; a number at its end is cut off, as in `FLOOD_WAIT`. */
  readonly name: string;
  /** As in HTTP: 400 is our mistake, 420 too many requests, 500 the server's own trouble. Undefined where not told. */
  readonly code: number | undefined;
  /** How long to wait before trying again, in milliseconds. */
  readonly waitMs: number | undefined;
}

/** Where the name is: in our own errors, with mtcute, GramJS, libraries that keep the schema's spelling, plain messages. */
const NAME_MEMBERS = ['reason', 'text', 'errorMessage', 'error_message', 'message'] as const;
const RPC_NAME = /\b[A-Z][A-Z0-9]*(?:_(?:[A-Z0-9]+|%d))+(?![\w%])/;
const NUMBER_AT_END = /_(?:(\d+)|%d)$/;
const MAX_CAUSES = 4;

/** Reads an error of a request to Telegram; undefined when it is not one, as when the network failed. */
export function readRpcError(error: unknown): RpcError | undefined {
  let candidate = error;
  for (let depth = 0; depth < MAX_CAUSES && typeof candidate === 'object' && candidate !== null; depth++) {
    const found = readOne(candidate as Readonly<Record<string, unknown>>);
    if (found) return found;
    candidate = (candidate as { cause?: unknown }).cause;
  }
  return undefined;
}

/**
 * Whether Telegram refused a join because of its SSRCs: others in the call use them, or we are still in there with different
 * ones. The remedy is a join with new SSRCs, so with a new payload.
 */
export function isDuplicateSsrcError(error: unknown): boolean {
  return readRpcError(error)?.name === 'GROUPCALL_SSRC_DUPLICATE_MUCH';
}

/** Whether an error says that we are not in the call any more, or never were. */
export function isNotJoinedError(error: unknown): boolean {
  const name = readRpcError(error)?.name;
  return name === 'GROUPCALL_JOIN_MISSING' || name === 'PARTICIPANT_JOIN_MISSING';
}

/** Whether an error says that the call is over for everybody. */
export function isCallOverError(error: unknown): boolean {
  const name = readRpcError(error)?.name;
  return name === 'GROUPCALL_INVALID' || name === 'GROUPCALL_FORBIDDEN' || name === 'GROUPCALL_ALREADY_DISCARDED';
}

function readOne(error: Readonly<Record<string, unknown>>): RpcError | undefined {
  const code = typeof error['code'] === 'number' ? error['code'] : undefined;
  const seconds = typeof error['seconds'] === 'number' ? error['seconds'] : undefined;
  if (code === 420 && seconds !== undefined) return { name: 'FLOOD_WAIT', code, waitMs: seconds * 1000 };
  for (const key of NAME_MEMBERS) {
    const value = error[key];
    const name = typeof value === 'string' ? RPC_NAME.exec(value)?.[0] : undefined;
    if (name === undefined || name.startsWith('ERR_')) continue;
    const digits = NUMBER_AT_END.exec(name)?.[1];
    const wait = /WAIT/.test(name) ? (seconds ?? (digits === undefined ? undefined : Number(digits))) : undefined;
    return { name: name.replace(NUMBER_AT_END, ''), code, waitMs: wait === undefined ? undefined : wait * 1000 };
  }
  return undefined;
}
