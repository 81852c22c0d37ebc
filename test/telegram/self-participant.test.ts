import { describe, expect, it } from 'vitest';
import { participantCommands } from '../../src/telegram/participant-commands.ts';
import { isForceMuted, readSignalingUpdate, type SelfParticipant } from '../../src/telegram/self-participant.ts';

const entry = { _: 'groupCallParticipant', self: true, versioned: true, source: -5, peer: {}, date: 1 };
const update = (participants: object[], version = 4): object => ({
  _: 'updateGroupCallParticipants',
  call: { _: 'inputGroupCall', id: 12n, accessHash: 1n },
  participants,
  version,
});
const read = (participant: object): SelfParticipant => {
  const [told] = readSignalingUpdate(update([{ ...entry, ...participant }]));
  if (told?.type !== 'self') throw new Error('nothing told');
  return told.participant;
};

describe('readSignalingUpdate', () => {
  it('finds our own entry among all participants', () => {
    const stranger = { ...entry, self: undefined, source: 9, muted: true };
    expect(readSignalingUpdate(update([stranger, { ...entry, muted: true, volume: 5000 }, stranger]))).toEqual([
      {
        type: 'self',
        participant: { source: -5, left: false, muted: true, canSelfUnmute: false, volume: 0.5, versioned: true },
      },
    ]);
  });

  it('reads the spelling of the schema and of GramJS, and null as absent', () => {
    const snake = { ...entry, can_self_unmute: true, muted: true };
    const gramjs = {
      ...entry,
      _: undefined,
      className: 'GroupCallParticipant',
      canSelfUnmute: true,
      muted: true,
      left: null,
    };
    for (const participant of [snake, gramjs]) {
      expect(readSignalingUpdate(update([participant]))).toMatchObject([
        { participant: { muted: true, canSelfUnmute: true, left: false } },
      ]);
    }
  });

  it('takes an unsigned source for the signed one that it is', () => {
    expect(read({ source: 4_294_967_291 }).source).toBe(-5);
  });

  it('knows no volume where the entry is not complete, and 100 % where a complete one has none', () => {
    expect(read({ min: true }).volume).toBeUndefined();
    expect(read({}).volume).toBe(1);
  });

  it('counts who comes and who goes as a change, marked so or not', () => {
    expect(read({ versioned: false }).versioned).toBe(false);
    expect(read({ versioned: false, left: true }).versioned).toBe(true);
    expect(read({ versioned: false, justJoined: true }).versioned).toBe(true);
  });

  it('skips other calls, whatever their ids are made of, and changes that are older than what is known', () => {
    expect(readSignalingUpdate(update([entry]), { callId: '12' })).toHaveLength(1);
    expect(readSignalingUpdate(update([entry]), { callId: '13' })).toHaveLength(0);
    expect(readSignalingUpdate(update([entry], 3), { version: 4 })).toHaveLength(0);
    expect(readSignalingUpdate(update([entry], 4), { version: 4 })).toHaveLength(1);
    expect(readSignalingUpdate(update([{ ...entry, versioned: false }], 3), { version: 4 })).toHaveLength(1);
  });

  it('tells the end of a call, and not that it goes on', () => {
    const call = { _: 'groupCallDiscarded', id: { toString: () => '12' } };
    expect(readSignalingUpdate({ _: 'updateGroupCall', call }, { callId: '12' })).toEqual([{ type: 'discarded' }]);
    expect(readSignalingUpdate({ _: 'updateGroupCall', call }, { callId: '1' })).toEqual([]);
    expect(readSignalingUpdate({ _: 'updateGroupCall', call: { ...call, _: 'groupCall' } })).toEqual([]);
  });

  it('has nothing to tell of anything else', () => {
    const none = [undefined, null, 5, {}, { _: 'updateNewMessage' }, { _: 'updateGroupCall' }, update([])];
    for (const value of [...none, { _: 'updateGroupCallParticipants' }]) expect(readSignalingUpdate(value)).toEqual([]);
  });
});

describe('participantCommands', () => {
  const free = read({});
  const mutedByUs = read({ muted: true, canSelfUnmute: true });
  const forceMuted = read({ muted: true });

  it('pauses when an admin mutes us, once', () => {
    expect(isForceMuted(forceMuted)).toBe(true);
    expect(participantCommands(free, forceMuted)).toEqual([{ type: 'pause' }]);
    expect(participantCommands(undefined, forceMuted)).toEqual([{ type: 'pause' }]);
    expect(participantCommands(forceMuted, forceMuted)).toEqual([]);
  });

  it('resumes when we may speak again, and asks to be unmuted where we are still listed as muted', () => {
    expect(participantCommands(forceMuted, free)).toEqual([{ type: 'resume' }]);
    expect(participantCommands(forceMuted, mutedByUs)).toEqual([{ type: 'resume' }, { type: 'unmute' }]);
  });

  it('does nothing when we mute and unmute ourselves', () => {
    expect(participantCommands(free, mutedByUs)).toEqual([]);
    expect(participantCommands(mutedByUs, free)).toEqual([]);
    expect(participantCommands(undefined, mutedByUs)).toEqual([]);
  });

  it('tells a volume that changes, and that is not full at first', () => {
    const quiet = read({ volume: 2000 });
    expect(participantCommands(undefined, quiet)).toEqual([{ type: 'volume', volume: 0.2 }]);
    expect(participantCommands(quiet, quiet)).toEqual([]);
    expect(participantCommands(quiet, free)).toEqual([{ type: 'volume', volume: 1 }]);
    expect(participantCommands(quiet, read({ min: true }))).toEqual([]);
  });

  it('has nothing to say to who has left', () => {
    expect(participantCommands(free, read({ left: true, muted: true }))).toEqual([]);
  });
});
