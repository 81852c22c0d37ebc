import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AbortedError, CallError, TransportError } from '../../src/core/errors.ts';
import { joinCall } from '../../src/telegram/join-procedure.ts';
import type { JoinCallOptions, Membership, MembershipEnd, MembershipEvent } from '../../src/telegram/membership.ts';
import { SignalingError } from '../../src/telegram/signaling-error.ts';
import { ToyCall } from './toy-call.ts';
import { RTC_ANSWER, ToySignaling } from './toy-signaling.ts';

const CHAT = -1001234567890n;
const rpc = (name: string): Error => new Error(`400: ${name}`);
const duplicate = (): Error => rpc('GROUPCALL_SSRC_DUPLICATE_MUCH');
const lostConnection = (): Error => new TransportError('ERR_ICE_FAILED', 'lost', { retryable: true });

let signaling: ToySignaling;
let call: ToyCall;
let events: MembershipEvent[];

beforeEach(() => {
  vi.useFakeTimers();
  signaling = new ToySignaling();
  call = new ToyCall();
  events = [];
});
afterEach(() => void vi.useRealTimers());

function join(options: Partial<JoinCallOptions> = {}): Promise<Membership> {
  return joinCall({ signaling, call, chatId: CHAT, onEvent: (event) => events.push(event), ...options });
}

/** Lets everything happen that takes no time, or this long. */
async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

const kinds = (): string[] => events.map(({ type }) => type);
const ends = (membership: Membership): MembershipEnd[] => {
  const seen: MembershipEnd[] = [];
  void membership.ended.then((end) => seen.push(end));
  return seen;
};
const nothingIsLeft = (): void => {
  expect(vi.getTimerCount()).toBe(0);
  expect([call.listeners, signaling.listeners]).toEqual([0, 0]);
};

describe('joining', () => {
  it('joins, connects with the answer, and says that we are not muted, at full volume', async () => {
    await join({ request: { inviteHash: 'h', joinAs: -1005 } });
    expect(signaling.log).toEqual(['join 1000']);
    expect(signaling.requests).toEqual([{ inviteHash: 'h', joinAs: -1005, muted: false, videoStopped: true }]);
    expect(call.answers).toEqual([RTC_ANSWER]);
    await pass();
    expect(signaling.edits).toEqual([{ muted: false }, { volume: 10_000 }]);
    expect(events).toEqual([{ type: 'joining', reason: 'first', attempt: 0 }, { type: 'joined' }]);
  });

  it('needs two functions of a signaling, no more', async () => {
    const bare = { join: signaling.join.bind(signaling), leave: signaling.leave.bind(signaling) };
    const membership = await join({ signaling: bare });
    call.become('disconnected');
    await pass(60_000);
    await membership.leave();
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    nothingIsLeft();
  });

  it('finds the answer in whatever the method returned', async () => {
    const params = { _: 'dataJSON', data: RTC_ANSWER };
    signaling.answer = { _: 'updates', updates: [{ _: 'updateGroupCallConnection', params }] };
    await join();
    expect(call.answers).toEqual([RTC_ANSWER]);
  });

  it('joins as what the call is: muted, with a picture, paused', async () => {
    call.mediaState = { muted: true, paused: true, video: true };
    await join({ volume: 0.5 });
    await pass();
    expect(signaling.requests).toMatchObject([{ muted: true, videoStopped: false }]);
    expect(signaling.edits).toEqual([{ muted: true, videoPaused: true }, { volume: 5000 }]);
  });

  it('leaves the volume alone when asked to', async () => {
    await join({ volume: null });
    await pass();
    expect(signaling.edits).toEqual([{ muted: false }]);
  });

  it('refuses to ask as often as no timer waits', async () => {
    await expect(join({ checkEveryMs: Infinity })).rejects.toMatchObject({ code: 'ERR_OPTION', path: 'checkEveryMs' });
    expect(signaling.log).toEqual([]);
  });

  it('changes its volume, and comes back with it', async () => {
    const membership = await join({ volume: null });
    await pass();
    signaling.edits.length = 0;
    membership.setVolume(0);
    await pass();
    membership.setVolume(2);
    await pass();
    expect(signaling.edits).toEqual([{ volume: 1 }, { volume: 20_000 }]);
    expect(() => membership.setVolume(2.1)).toThrow('volume must be a number from 0 to 2, got 2.1.');
    signaling.tell({ source: 1000, left: true });
    await pass(5000);
    expect(signaling.edits.slice(2)).toContainEqual(expect.objectContaining({ volume: 20_000 }));
  });

  it.each([-0.1, 2.1, NaN])('refuses a volume of %s', async (volume) => {
    await expect(join({ volume })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    expect(signaling.log).toEqual([]);
    nothingIsLeft();
  });

  it('is unmuted even where the volume is refused', async () => {
    signaling.editError = ({ volume }) => (volume === undefined ? undefined : rpc('USER_VOLUME_INVALID'));
    await join();
    await pass();
    expect(signaling.edits[0]).toEqual({ muted: false });
  });

  it('joins with other SSRCs where they are taken, having given up the place that may have taken them', async () => {
    signaling.refusals.push(duplicate(), duplicate());
    const joined = join();
    await pass(2000);
    await joined;
    expect(signaling.log).toEqual(['join 1000', 'leave 0', 'join 1010', 'leave 0', 'join 1020']);
  });

  it('rejects with what Telegram refused, and is not in the call then', async () => {
    signaling.refusals.push(rpc('CHAT_ADMIN_REQUIRED'));
    const error: unknown = await join().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SignalingError);
    expect(error).toMatchObject({ reason: 'CHAT_ADMIN_REQUIRED', retryable: false });
    expect(signaling.log).toEqual(['join 1000']);
    nothingIsLeft();
  });

  it('rejects with the error of the connection, and leaves', async () => {
    call.onConnect = lostConnection();
    await expect(join()).rejects.toMatchObject({ code: 'ERR_ICE_FAILED' });
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    nothingIsLeft();
  });

  it('rejects an answer that is none, and leaves', async () => {
    signaling.answer = { _: 'updates', updates: [] };
    await expect(join()).rejects.toThrow(/updateGroupCallConnection/);
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
  });

  it.each([
    ['{"stream":true}', /may only listen/],
    ['{"stream":true,"rtmp":true}', /RTMP/],
  ])('rejects a call without WebRTC, %s, and leaves', async (answer, message) => {
    signaling.answer = answer;
    const joined = join();
    await expect(joined).rejects.toThrow(CallError);
    await expect(joined).rejects.toThrow(message);
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    nothingIsLeft();
  });

  it('comes back when the server drops it while it connects', async () => {
    call.onConnect = 'wait';
    const joined = join();
    await pass();
    signaling.tell({ source: 1000, left: true });
    await pass();
    expect(call.aborts).toBe(1);
    call.finishConnecting();
    await joined;
    expect(signaling.log).toEqual(['join 1000', 'join 1010']);
  });

  it('asks every 4 s whether it is still listed while it connects', async () => {
    call.onConnect = 'wait';
    const joined = join();
    await pass(9000);
    call.finishConnecting();
    await joined;
    await pass(20_000);
    expect(signaling.log).toEqual(['join 1000', 'check 1000', 'check 1000']);
  });
});

describe('ending a join that is under way', () => {
  it('by its signal, before, while joining and while connecting', async () => {
    const early = AbortSignal.abort('why');
    await expect(join({ signal: early })).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'why' });
    expect(signaling.log).toEqual([]);
    nothingIsLeft();

    call.onConnect = 'wait';
    const controller = new AbortController();
    const joined = expect(join({ signal: controller.signal })).rejects.toThrow(AbortedError);
    await pass();
    controller.abort();
    await joined;
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    nothingIsLeft();
  });

  /** A join that was sent and is aborted; `answer` lets the server answer it. */
  async function abortSentJoin() {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    signaling.gate = promise;
    const controller = new AbortController();
    const rejected = expect(join({ signal: controller.signal })).rejects.toThrow(AbortedError);
    await pass();
    controller.abort();
    return { rejected, answer: () => resolve(undefined) };
  }

  it('leaves a join that was sent as soon as it is through', async () => {
    const { rejected, answer } = await abortSentJoin();
    await pass(1000);
    expect(signaling.log).toEqual(['join 1000']);
    answer();
    await rejected;
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    expect(call.answers).toEqual([]);
  });

  it('does not wait for ever for a join that is not answered, and leaves it all the same', async () => {
    const { rejected, answer } = await abortSentJoin();
    await pass(10_000);
    await rejected;
    answer();
    await pass();
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
  });

  it('does not wait for ever for Telegram to forget a former place of ours', async () => {
    signaling.refusals.push(duplicate());
    signaling.leave = () => new Promise(() => undefined);
    const joined = expect(join()).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    await pass();
    call.become('closed');
    await pass(10_000);
    await joined;
    nothingIsLeft();
  });

  it('by closing the call', async () => {
    call.onConnect = 'wait';
    const joined = expect(join()).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    await pass();
    call.become('closed');
    await joined;
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    nothingIsLeft();
  });

  it('when the call ends for everybody', async () => {
    call.onConnect = 'wait';
    const joined = expect(join()).rejects.toThrow(/ended/);
    await pass();
    signaling.discard();
    await joined;
    expect(signaling.log).toEqual(['join 1000']);
    nothingIsLeft();
  });
});

describe('staying', () => {
  it('tells the server what changes', async () => {
    await join();
    await pass();
    signaling.edits.length = 0;
    call.show({ muted: true });
    await pass();
    call.show({ muted: false, video: true });
    await pass();
    call.show({ paused: true });
    await pass();
    expect(signaling.edits).toEqual([{ muted: true }, { muted: false, videoStopped: false }, { videoPaused: true }]);
  });

  it('joins again with new SSRCs when the server says that we have left, without starting a new call', async () => {
    const membership = await join({ request: { create: true } });
    signaling.tell({ source: 1000, left: true });
    await pass();
    expect(signaling.log).toEqual(['join 1000', 'join 1010']);
    expect(signaling.requests[1]).toMatchObject({ create: false });
    expect(kinds()).toEqual(['joining', 'joined', 'joining', 'joined']);
    expect(events[2]).toEqual({ type: 'joining', reason: 'kicked', attempt: 1 });
    await pass();
    expect(signaling.edits.filter(({ muted }) => muted === false)).toHaveLength(2);
    await membership.leave();
    expect(signaling.log.at(-1)).toBe('leave 1010');
    nothingIsLeft();
  });

  it.each([
    ['failed', 'the same payload', 'join 1000'],
    ['timeout', 'another one', 'join 1010'],
  ] as const)('joins again when the connection is lost, %s, with %s', async (status, _, again) => {
    await join();
    call.become(status);
    await pass(60_000);
    expect(signaling.log).toEqual(['join 1000', again]);
    expect(events[2]).toMatchObject({ reason: 'connection' });
    expect(call.status).toBe('connected');
  });

  it('takes another payload when the same one did not bring it back', async () => {
    await join();
    call.onConnect = lostConnection();
    call.become('failed');
    await pass();
    call.onConnect = 'connect';
    await pass(2000);
    expect(signaling.log).toEqual(['join 1000', 'join 1000', 'join 1010']);
    expect(call.status).toBe('connected');
  });

  it('waits through a disturbance as long as it is listed, and joins again when it is not', async () => {
    await join();
    call.become('disconnected');
    await pass(9000);
    expect(signaling.log).toEqual(['join 1000', 'check 1000', 'check 1000']);
    signaling.present = false;
    await pass(4000);
    expect(signaling.log.slice(3)).toEqual(['check 1000', 'join 1010']);
    expect(events[2]).toMatchObject({ reason: 'missing' });
  });

  it('sees a disturbance that comes with the connection', async () => {
    call.onConnect = 'wait';
    const joined = join();
    await pass();
    call.finishConnecting();
    call.become('disconnected');
    await joined;
    await pass(4100);
    expect(signaling.log).toEqual(['join 1000', 'check 1000']);
  });

  it('stops asking when the disturbance is over', async () => {
    await join();
    call.become('disconnected');
    await pass(3000);
    call.become('connected');
    await pass(60_000);
    expect(signaling.log).toEqual(['join 1000']);
  });

  it('takes a refusal to be asked for an answer: not joined, or over', async () => {
    const membership = await join();
    call.become('disconnected');
    signaling.checkError = rpc('GROUPCALL_JOIN_MISSING');
    await pass(4100);
    expect(signaling.log.at(-1)).toBe('join 1010');
    const end = ends(membership);
    call.become('disconnected');
    signaling.checkError = rpc('GROUPCALL_INVALID');
    await pass(4000);
    expect(end).toEqual([{ reason: 'discarded' }]);
    nothingIsLeft();
  });

  it('gives up its own former place when the server holds that against it', async () => {
    await join();
    signaling.refusals.push(duplicate());
    call.become('failed');
    await pass(2000);
    expect(signaling.log).toEqual(['join 1000', 'join 1000', 'leave 1000', 'join 1010']);
  });

  it('spaces its attempts, obeys a flood wait, and gives up after five', async () => {
    const membership = await join({ rejoin: { delayMs: (attempt) => attempt * 1000 } });
    const end = ends(membership);
    signaling.refusals.push(rpc('FLOOD_WAIT_30'), ...Array.from({ length: 9 }, () => rpc('RPC_CALL_FAIL')));
    call.become('failed');
    await pass(1000);
    expect(signaling.log).toEqual(['join 1000', 'join 1000']);
    await pass(29_000);
    expect(signaling.log).toHaveLength(2);
    await pass(1000 + 60_000);
    expect(end).toMatchObject([{ reason: 'failed', error: { reason: 'RPC_CALL_FAIL' } }]);
    expect(signaling.log.filter((line) => line.startsWith('join'))).toHaveLength(1 + 5);
    nothingIsLeft();
  });

  it('gives up at once where another attempt cannot help', async () => {
    const membership = await join();
    const end = ends(membership);
    signaling.refusals.push(rpc('CHANNEL_PRIVATE'));
    signaling.tell({ source: 1000, left: true });
    await pass();
    expect(end).toMatchObject([{ reason: 'failed', error: { reason: 'CHANNEL_PRIVATE' } }]);
    nothingIsLeft();
  });

  it('leaves where it gives up and may still be listed', async () => {
    const membership = await join();
    signaling.refusals.push(rpc('CHANNEL_PRIVATE'));
    call.become('failed');
    await pass();
    await expect(membership.ended).resolves.toMatchObject({ reason: 'failed' });
    expect(signaling.log).toEqual(['join 1000', 'join 1000', 'leave 1000']);
    nothingIsLeft();
  });

  it('gives up a call that drops it again and again, unless it was stable in between', async () => {
    const membership = await join({ rejoin: { attempts: 2, delayMs: () => 0 } });
    const end = ends(membership);
    const kick = async (afterMs: number): Promise<void> => {
      await pass(afterMs);
      signaling.tell({ source: call.ssrcs.audio, left: true });
      await pass();
    };
    for (let times = 0; times < 6; times++) await kick(31_000);
    expect(end).toEqual([]);
    await kick(100);
    expect(end).toEqual([]);
    await kick(100);
    expect(end).toMatchObject([{ reason: 'failed', error: { message: expect.stringMatching(/keeps dropping/) } }]);
    nothingIsLeft();
  });

  it('ends when the call ends for everybody, without asking to leave', async () => {
    const membership = await join();
    const end = ends(membership);
    signaling.discard();
    await pass();
    expect(end).toEqual([{ reason: 'discarded' }]);
    expect(signaling.log).toEqual(['join 1000']);
    nothingIsLeft();
  });

  it('sees the end of the call in the refusal of a rejoin too', async () => {
    const membership = await join();
    const end = ends(membership);
    signaling.refusals.push(rpc('GROUPCALL_FORBIDDEN'));
    call.become('failed');
    await pass();
    expect(end).toEqual([{ reason: 'discarded' }]);
  });

  it('ends when this account joins from elsewhere, and takes no former place of its own for that', async () => {
    const membership = await join();
    const end = ends(membership);
    signaling.tell({ source: 1000, left: true });
    await pass();
    signaling.tell({ source: 1000 });
    signaling.tell({ source: 4711, left: true });
    signaling.tell({ source: 4711, versioned: false });
    await pass();
    expect(end).toEqual([]);
    signaling.tell({ source: 4711 });
    await pass();
    expect(end).toEqual([{ reason: 'elsewhere' }]);
    expect(signaling.log).toEqual(['join 1000', 'join 1010']);
    nothingIsLeft();
  });
});

describe('the place of another device of this account', () => {
  it('is not the end of a join that is under way: it is replaced', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    signaling.gate = promise;
    const joined = join();
    await pass();
    signaling.tell({ source: 4711 });
    resolve(undefined);
    await joined;
    expect(kinds()).toEqual(['joining', 'joined']);
  });
});

describe('being muted by an admin', () => {
  const commands = (): object[] => events.flatMap((event) => (event.type === 'command' ? [event.command] : []));

  it('pauses, resumes, and says that we are not muted when the server waits for that', async () => {
    await join();
    await pass();
    signaling.edits.length = 0;
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: false });
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: false });
    expect(commands()).toEqual([{ type: 'pause' }]);
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: true });
    await pass();
    expect(commands()).toEqual([{ type: 'pause' }, { type: 'resume' }, { type: 'unmute' }]);
    expect(signaling.edits).toEqual([{ muted: false }]);
  });

  it('does not unmute a call that is to be muted', async () => {
    await join();
    call.show({ muted: true });
    await pass();
    signaling.edits.length = 0;
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: false });
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: true });
    await pass();
    expect(signaling.edits).toEqual([]);
  });

  it('does not ask to be unmuted where that is not ours to ask', async () => {
    const joined = join({ volume: null });
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: false });
    await joined;
    await pass();
    expect(commands()).toEqual([{ type: 'pause' }]);
    expect(signaling.edits).toEqual([]);
  });

  it('tells a volume once, whatever updates come in between', async () => {
    await join();
    for (const volume of [0.2, undefined, 0.2]) signaling.tell({ source: 1000, volume });
    expect(commands()).toEqual([{ type: 'volume', volume: 0.2 }]);
  });

  it('remembers across a rejoin that it was muted', async () => {
    await join();
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: false });
    call.become('failed');
    await pass();
    signaling.tell({ source: 1000 });
    expect(commands()).toEqual([{ type: 'pause' }, { type: 'resume' }]);
  });

  it('waits as a listener where asked to, and joins anew when it may speak', async () => {
    signaling.answer = '{"stream":true}';
    const joined = join({ waitForPermission: true });
    await pass();
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: false });
    await pass(60_000);
    expect(kinds()).toEqual(['joining', 'listening', 'command']);
    expect(call.answers).toEqual([]);
    signaling.answer = RTC_ANSWER;
    signaling.tell({ source: 1000, muted: true, canSelfUnmute: true });
    await joined;
    expect(signaling.log).toEqual(['join 1000', 'join 1010']);
    expect(events).toContainEqual({ type: 'joining', reason: 'allowed', attempt: 0 });
  });

  it('becomes a listener when a rejoin is answered so, and waits', async () => {
    const membership = await join();
    const end = ends(membership);
    signaling.answer = '{"stream":true}';
    call.become('failed');
    await pass(60_000);
    expect(kinds()).toEqual(['joining', 'joined', 'joining', 'listening']);
    signaling.answer = RTC_ANSWER;
    signaling.tell({ source: 1000 });
    await pass();
    expect(kinds().slice(4)).toEqual(['joining', 'joined']);
    expect(end).toEqual([]);
  });
});

describe('leaving', () => {
  it('leaves once, by the source we are listed with', async () => {
    await using membership = await join();
    const end = ends(membership);
    await Promise.all([membership.leave(), membership.leave()]);
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    expect(end).toEqual([{ reason: 'left' }]);
    nothingIsLeft();
  });

  it('leaves when the call is closed', async () => {
    const membership = await join();
    call.become('closed');
    await expect(membership.ended).resolves.toEqual({ reason: 'left' });
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    nothingIsLeft();
  });

  it('has nothing to leave after it was dropped', async () => {
    const membership = await join({ rejoin: { delayMs: () => 10_000 } });
    signaling.tell({ source: 1000, left: true });
    await pass(1000);
    await membership.leave();
    expect(signaling.log).toEqual(['join 1000']);
    nothingIsLeft();
  });

  it('leaves between two attempts to come back', async () => {
    const membership = await join({ rejoin: { delayMs: () => 10_000 } });
    call.become('failed');
    await pass(1000);
    await membership.leave();
    await pass(60_000);
    expect(signaling.log).toEqual(['join 1000', 'leave 1000']);
    nothingIsLeft();
  });

  it('does not fail when Telegram cannot be told', async () => {
    const membership = await join();
    signaling.leave = () => Promise.reject(new Error('disconnected'));
    await membership.leave();
    await expect(membership.ended).resolves.toEqual({ reason: 'left' });
  });

  it('does not wait for ever for an answer', async () => {
    const membership = await join();
    signaling.leave = () => new Promise(() => {});
    const left = membership.leave();
    await pass(5000);
    await left;
    nothingIsLeft();
  });
});
