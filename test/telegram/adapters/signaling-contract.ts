import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallError, OptionError } from '../../../src/core/errors.ts';
import { findJoinAnswer } from '../../../src/telegram/find-join-answer.ts';
import { joinCall } from '../../../src/telegram/join-procedure.ts';
import { isDuplicateSsrcError, isNotJoinedError, readRpcError } from '../../../src/telegram/rpc-error.ts';
import type { SignalingUpdate } from '../../../src/telegram/self-participant.ts';
import type { Signaling } from '../../../src/telegram/signaling.ts';
import { RTC_ANSWER } from '../toy-signaling.ts';
import { ToyCall } from '../toy-call.ts';
import {
  ANSWER,
  BASIC_GROUP,
  CALL,
  ScriptedTelegram,
  SUPERGROUP,
  SUPERGROUP_CHAT,
  type Tl,
} from './scripted-telegram.ts';

/** A real client of a library over a scripted server, and our adapter on top. */
export interface Rig {
  signaling: Required<Signaling>;
  /** Constructor ids of the requests as they stood on the wire. */
  ids: number[];
  /** The client learns of the chats in these updates. */
  meet(updates: Tl): Promise<void>;
  /** The server sends updates by itself. */
  push(updates: Tl): void;
  /** How many handlers of raw updates the client has. */
  handlers(): number;
  /** Adds a handler of raw updates, as the rest of a bot does. */
  handle(listener: () => void): void;
  destroy(): Promise<void>;
}

const CHAT = -1001234567890;
const PAYLOAD = JSON.stringify({ ssrc: -77, ufrag: 'ü' });
const INPUT_CALL = { _: 'inputGroupCall', ...CALL };

/** What every adapter owes, with its library's own serialization in between. */
export function signalingContract(
  library: string,
  makeRig: (server: ScriptedTelegram) => Promise<Rig>,
  joinConstructor: number,
): void {
  let server: ScriptedTelegram;
  let rig: Rig;
  let signaling: Required<Signaling>;

  beforeEach(async () => {
    server = new ScriptedTelegram();
    rig = await makeRig(server);
    ({ signaling } = rig);
    await rig.meet({ ...server.updates(), chats: [SUPERGROUP_CHAT] });
    server.requests.length = rig.ids.length = 0;
  });
  afterEach(() => rig.destroy());

  describe(`${library}: joining`, () => {
    it('finds the call of a supergroup, joins it as ourselves, and returns the answer', async () => {
      const result = await signaling.join(CHAT, PAYLOAD, {});
      expect(findJoinAnswer(result)).toBe(ANSWER);
      expect(server.requests).toEqual([
        {
          _: 'channels.getFullChannel',
          channel: { _: 'inputChannel', channelId: SUPERGROUP.id, accessHash: SUPERGROUP.accessHash },
        },
        { _: 'phone.getGroupCall', call: INPUT_CALL, limit: 1 },
        {
          _: 'phone.joinGroupCall',
          muted: false,
          videoStopped: true,
          call: INPUT_CALL,
          joinAs: { _: 'inputPeerSelf' },
          params: { _: 'dataJSON', data: PAYLOAD },
        },
      ]);
    });

    it('uses the constructors of its layer', async () => {
      await signaling.join(CHAT, PAYLOAD, {});
      await signaling.check(CHAT, [-77]);
      await signaling.edit(CHAT, { muted: false });
      await signaling.leave(CHAT, -77);
      expect(rig.ids.slice(2)).toEqual([joinConstructor, 0xb59cf977, 0xa5273abf, 0x500377f9]);
    });

    it.each([CHAT, BigInt(CHAT), String(CHAT), '@super_group', 'Super_Group'])(
      'knows the supergroup as %s',
      async (chat) => {
        await signaling.join(chat, PAYLOAD, {});
        expect(server.requests[0]).toMatchObject({ channel: { channelId: SUPERGROUP.id } });
        expect(server.self?.source).toBe(-77);
      },
    );

    it('finds the call of a basic group, even where its id looks like a supergroup', async () => {
      await signaling.join(-BASIC_GROUP.id, PAYLOAD, {});
      expect(server.requests[0]).toEqual({ _: 'messages.getFullChat', chatId: BASIC_GROUP.id });
      expect(server.self?.source).toBe(-77);
    });

    it('passes on how to join: muted, with a picture, as a channel, by an invite', async () => {
      await signaling.join(CHAT, PAYLOAD, { muted: true, videoStopped: false, joinAs: CHAT, inviteHash: 'hash' });
      const joinAs = { _: 'inputPeerChannel', channelId: SUPERGROUP.id, accessHash: SUPERGROUP.accessHash };
      expect(server.last('phone.joinGroupCall')).toMatchObject({
        muted: true,
        videoStopped: false,
        joinAs,
        inviteHash: 'hash',
      });
      await signaling.edit(CHAT, { muted: false });
      expect(server.last('phone.editGroupCallParticipant')).toMatchObject({ participant: joinAs });
    });

    it('starts a call where there is none', async () => {
      server.call = undefined;
      await signaling.join(CHAT, PAYLOAD, { title: 'Radio' });
      expect(server.methods).toEqual(['channels.getFullChannel', 'phone.createGroupCall', 'phone.joinGroupCall']);
      const request = server.last('phone.createGroupCall')!;
      expect(request).toMatchObject({ peer: { _: 'inputPeerChannel', channelId: SUPERGROUP.id }, title: 'Radio' });
      expect(request['randomId']).toSatisfy((id: number) => Number.isInteger(id) && id > 0 && id < 2 ** 31);
      expect(server.last('phone.joinGroupCall')).toMatchObject({ call: INPUT_CALL });
    });

    it('starts another call where the known one is over, by its state or by a refusal', async () => {
      server.call = { over: true };
      await signaling.join(CHAT, PAYLOAD, {});
      server.refusals['phone.getGroupCall'] = [{ code: 400, name: 'GROUPCALL_INVALID' }];
      await signaling.join(CHAT, PAYLOAD, {});
      expect(server.methods.filter((method) => method === 'phone.createGroupCall')).toHaveLength(2);
    });

    it('starts none where that is not wanted', async () => {
      server.call = undefined;
      const joined = signaling.join(CHAT, PAYLOAD, { create: false });
      await expect(joined).rejects.toMatchObject({
        code: 'ERR_SIGNALING',
        reason: 'GROUPCALL_INVALID',
        retryable: false,
      });
      expect(server.methods).toEqual(['channels.getFullChannel']);
    });

    it('does not join a call that has not begun, nor one that is streamed by RTMP', async () => {
      server.call = { scheduleDate: 1_800_000_000 };
      await expect(signaling.join(CHAT, PAYLOAD, {})).rejects.toThrow(/2027-01-15T08:00:00/);
      server.call = { rtmpStream: true };
      await expect(signaling.join(CHAT, PAYLOAD, {})).rejects.toThrow(CallError);
      expect(server.methods).not.toContain('phone.joinGroupCall');
    });

    it('refuses a user, who has no group call', async () => {
      await expect(signaling.join(777000, PAYLOAD, {})).rejects.toThrow(OptionError);
      expect(server.requests).toEqual([]);
    });

    it('passes refusals on so that they are recognized', async () => {
      server.refusals['phone.joinGroupCall'] = [{ code: 400, name: 'GROUPCALL_SSRC_DUPLICATE_MUCH' }];
      await expect(signaling.join(CHAT, PAYLOAD, {})).rejects.toSatisfy(isDuplicateSsrcError);
      server.refusals['phone.joinGroupCall'] = [{ code: 420, name: 'FLOOD_WAIT_300' }];
      await expect(signaling.join(CHAT, PAYLOAD, {})).rejects.toSatisfy(
        (error) => readRpcError(error)?.waitMs === 300_000,
      );
      server.self = undefined;
      await expect(signaling.check(CHAT, [1])).rejects.toSatisfy(isNotJoinedError);
    });
  });

  describe(`${library}: in a call`, () => {
    beforeEach(async () => {
      await signaling.join(CHAT, PAYLOAD, {});
      server.requests.length = 0;
    });

    it('returns which sources the server knows', async () => {
      await expect(signaling.check(CHAT, [-77, 5])).resolves.toEqual([-77]);
      expect(server.requests).toEqual([{ _: 'phone.checkGroupCall', call: INPUT_CALL, sources: [-77, 5] }]);
      await expect(signaling.check(CHAT, [5])).resolves.toEqual([]);
    });

    it('tells of us what was given and nothing else', async () => {
      const common = { _: 'phone.editGroupCallParticipant', call: INPUT_CALL, participant: { _: 'inputPeerSelf' } };
      const changes = [
        { muted: false },
        { muted: true, videoPaused: true },
        { videoStopped: false, presentationPaused: false },
        { volume: 10_000 },
      ];
      for (const flags of changes) await signaling.edit(CHAT, flags);
      expect(server.requests).toEqual(changes.map((flags) => ({ ...common, ...flags })));
    });

    it('leaves by our source, and still can after a restart of the process', async () => {
      await signaling.leave(CHAT, -77);
      expect(server.requests).toEqual([{ _: 'phone.leaveGroupCall', call: INPUT_CALL, source: -77 }]);
      await signaling.leave(CHAT, 0);
      expect(server.methods.slice(1)).toEqual([
        'channels.getFullChannel',
        'phone.getGroupCall',
        'phone.leaveGroupCall',
      ]);
    });

    it('has nothing to leave where the call is over', async () => {
      await signaling.leave(CHAT, -77);
      server.call = undefined;
      await expect(signaling.leave(CHAT, -77)).rejects.toMatchObject({ reason: 'GROUPCALL_INVALID' });
    });
  });

  describe(`${library}: watching`, () => {
    let told: SignalingUpdate[];
    let stop: () => void;
    const last = (): SignalingUpdate | undefined => told.at(-1);

    beforeEach(() => {
      told = [];
      stop = signaling.watch(CHAT, (update) => told.push(update));
    });
    afterEach(() => stop());

    it('tells what the answers to our own requests say of us', async () => {
      server.forceMute = true;
      await signaling.join(CHAT, PAYLOAD, {});
      expect(told).toHaveLength(1);
      expect(last()).toMatchObject({ type: 'self', participant: { source: -77, muted: true, canSelfUnmute: false } });
      await signaling.edit(CHAT, { volume: 5000 });
      expect(last()).toMatchObject({ type: 'self', participant: { volume: 0.5 } });
      await signaling.leave(CHAT, -77);
      expect(last()).toMatchObject({ type: 'self', participant: { left: true } });
    });

    it('tells what the server sends: muted by an admin, turned down, dropped, over', async () => {
      await signaling.join(CHAT, PAYLOAD, {});
      rig.push(server.updates(server.participants({ muted: true, canSelfUnmute: false })));
      await eventually(last).toMatchObject({ participant: { source: -77, muted: true, canSelfUnmute: false } });
      rig.push({ _: 'updateShort', update: server.participants({ volume: 2500 }), date: 1 });
      await eventually(last).toMatchObject({ participant: { muted: false, volume: 0.25 } });
      rig.push(server.updates(server.participants({ left: true })));
      await eventually(last).toMatchObject({ participant: { left: true } });
      rig.push(server.updates(server.discard()));
      await eventually(last).toEqual({ type: 'discarded' });
    });

    it('says nothing of other calls, of changes that are past, and of chats without a call of ours', async () => {
      rig.push(server.updates(server.participants()));
      await soon();
      expect(told).toEqual([]);
      await signaling.join(CHAT, PAYLOAD, {});
      await soon();
      told.length = 0;
      const other = { ...server.participants(), call: { ...INPUT_CALL, id: 5n } };
      const past = { ...server.participants(), version: 1 };
      rig.push(server.updates(other, past));
      rig.push(
        server.updates({ _: 'updateGroupCall', call: { _: 'groupCallDiscarded', ...CALL, id: 5n, duration: 1 } }),
      );
      await soon();
      expect(told).toEqual([]);
    });

    it('ends without a trace, and leaves the other handlers of the client in peace', async () => {
      const before = rig.handlers();
      let heard = 0;
      rig.handle(() => heard++);
      await signaling.join(CHAT, PAYLOAD, {});
      await soon();
      const stopSecond = signaling.watch(CHAT, () => undefined);
      stop();
      stop();
      told.length = 0;
      stopSecond();
      expect(rig.handlers()).toBe(before);
      heard = 0;
      rig.push(server.updates(server.participants()));
      await eventually(() => heard).toBeGreaterThan(0);
      expect(told).toEqual([]);
    });
  });

  describe(`${library}: the whole procedure`, () => {
    it('joins with other SSRCs, is unmuted, muted by an admin, dropped, back again, and leaves', async () => {
      const call = new ToyCall();
      const events: string[] = [];
      server.answer = RTC_ANSWER;
      server.refusals['phone.joinGroupCall'] = [{ code: 400, name: 'GROUPCALL_SSRC_DUPLICATE_MUCH' }];
      const membership = await joinCall({
        signaling,
        call,
        chatId: CHAT,
        onEvent: (event) => events.push(event.type === 'command' ? event.command.type : event.type),
      });
      expect(call.answers).toEqual([RTC_ANSWER]);
      expect(server.self?.source).toBe(1010);
      await eventually(() => server.self?.volume).toBe(10_000);

      rig.push(server.updates(server.participants({ muted: true, canSelfUnmute: false })));
      await eventually(() => events).toContain('pause');
      rig.push(server.updates(server.participants({ muted: false, canSelfUnmute: true })));
      await eventually(() => events).toContain('resume');

      rig.push(server.updates(server.participants({ left: true })));
      await eventually(() => server.self?.source).toBe(1020);
      await eventually(() => events.filter((event) => event === 'joined')).toHaveLength(2);

      await membership.leave();
      expect(server.self).toBeUndefined();
      expect(server.last('phone.leaveGroupCall')).toMatchObject({ source: 1020 });
    });
  });
}

/** Machines may be busy. */
function eventually<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 15_000 });
}

/** Long enough for what a library does between an update and its handlers, where nothing is to happen. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
