import { tl } from '@mtcute/core';
import { RPCMessageToError } from 'telegram/errors/index.js';
import { describe, expect, it } from 'vitest';
import { CallError, type RxcallError } from '../../src/core/errors.ts';
import { isCallOverError, isDuplicateSsrcError, isNotJoinedError, readRpcError } from '../../src/telegram/rpc-error.ts';
import { asSignalingError, SignalingError } from '../../src/telegram/signaling-error.ts';

type Make = (code: number, name: string) => unknown;

const libraries: [string, Make][] = [
  ['mtcute', (code, name) => tl.RpcError.fromTl({ _: 'mt_rpc_error', errorCode: code, errorMessage: name })],
  [
    'GramJS',
    (code, name) =>
      RPCMessageToError(
        { errorCode: code, errorMessage: name } as never,
        { className: 'phone.JoinGroupCall' } as never,
      ),
  ],
  ['the spelling of the schema', (code, name) => ({ _: 'rpc_error', code, error_message: name })],
  ['a bare message', (code, name) => new Error(`RPC call failed: ${name} (${code})`)],
  ['a wrapper', (code, name) => new Error('Could not join', { cause: new Error(`${code}: ${name}`) })],
];

describe.each(libraries)('an error of %s', (_library, make) => {
  it('is recognized by its name', () => {
    expect(isDuplicateSsrcError(make(400, 'GROUPCALL_SSRC_DUPLICATE_MUCH'))).toBe(true);
    expect(isDuplicateSsrcError(make(400, 'GROUPCALL_INVALID'))).toBe(false);
    expect(isCallOverError(make(403, 'GROUPCALL_FORBIDDEN'))).toBe(true);
    expect(isCallOverError(make(403, 'CHAT_FORBIDDEN'))).toBe(false);
    expect(isNotJoinedError(make(400, 'GROUPCALL_JOIN_MISSING'))).toBe(true);
    expect(isNotJoinedError(make(400, 'DATA_JSON_INVALID'))).toBe(false);
  });

  it('says how long to wait', () => {
    expect(readRpcError(make(420, 'FLOOD_WAIT_37'))).toMatchObject({ name: 'FLOOD_WAIT', waitMs: 37_000 });
    expect(readRpcError(make(400, 'CHAT_ADMIN_REQUIRED'))?.waitMs).toBeUndefined();
  });

  it('becomes a SignalingError that knows whether to try again', () => {
    const of = (code: number, name: string): RxcallError => asSignalingError(make(code, name), 'joining chat -100');
    expect(of(403, 'CHAT_ADMIN_REQUIRED')).toBeInstanceOf(SignalingError);
    expect(of(403, 'CHAT_ADMIN_REQUIRED')).toMatchObject({
      code: 'ERR_SIGNALING',
      reason: 'CHAT_ADMIN_REQUIRED',
      retryable: false,
    });
    expect(of(420, 'FLOOD_WAIT_3')).toMatchObject({ reason: 'FLOOD_WAIT', waitMs: 3000, retryable: true });
    expect(of(400, 'GROUPCALL_SSRC_DUPLICATE_MUCH').retryable).toBe(true);
    expect(of(403, 'CHAT_ADMIN_REQUIRED').message).toMatch(/joining chat -100/);
  });
});

describe('an error that Telegram did not send', () => {
  it.each([undefined, null, 'text', new Error('socket hang up'), new Error('connect ECONNREFUSED 192.0.2.1:443'), {}])(
    'is none: %s',
    (error) => expect(readRpcError(error)).toBeUndefined(),
  );

  it('is worth another attempt, unless the code is wrong', () => {
    expect(asSignalingError(new Error('socket hang up'), 'joining').retryable).toBe(true);
    expect(asSignalingError(new TypeError('x is not a function'), 'joining').retryable).toBe(false);
  });

  it('stays what it is when it is ours', () => {
    const error = new CallError('ERR_CALL_MODE', 'no');
    expect(asSignalingError(error, 'joining')).toBe(error);
  });

  it('can carry a reason of its own', () => {
    const error = new SignalingError('There is no call.', { reason: 'GROUPCALL_INVALID' });
    expect(isCallOverError(error)).toBe(true);
    expect(error.retryable).toBe(false);
  });
});

describe('a trouble of the server itself', () => {
  it('is worth another attempt', () => {
    const error = libraries[0]![1](500, 'GROUPCALL_ADD_PARTICIPANTS_FAILED');
    expect(asSignalingError(error, 'joining').retryable).toBe(true);
  });
});
