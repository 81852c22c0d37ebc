import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallEvent,
  type CallState,
  carriesMedia,
  initialCallState,
  isLost,
  isPaused,
  type Playback,
} from '../../src/calls/call-state.ts';
import { transition } from '../../src/calls/transition.ts';
import { TransportError } from '../../src/core/errors.ts';

const song: Playback = { id: 1, label: 'song.mp3', seekable: true };
const next: Playback = { id: 2, label: 'next.mp3', seekable: true };
const error = new TransportError('ERR_ICE_FAILED', 'gone');

function after(...events: CallEvent[]): CallState {
  return events.reduce(transition, initialCallState);
}

describe('transition', () => {
  it('connects, loses the server, finds it again', () => {
    expect(after({ type: 'connect' }).connection.status).toBe('connecting');
    expect(after({ type: 'connect' }, { type: 'connected' }).connection.status).toBe('connected');
    const lost = after({ type: 'connect' }, { type: 'connected' }, { type: 'disconnected' });
    expect(lost.connection.status).toBe('disconnected');
    expect(transition(lost, { type: 'connected' }).connection.status).toBe('connected');
  });

  it('leaves the very same state when an event means nothing', () => {
    const connected = after({ type: 'connect' }, { type: 'connected' });
    const meaningless: CallEvent[] = [
      { type: 'connected' },
      { type: 'timeout' },
      { type: 'withdraw' },
      { type: 'release' },
      { type: 'resume' },
      { type: 'unmute' },
      { type: 'abandon', playback: song },
      { type: 'end', playback: song, reason: 'ended' },
    ];
    for (const event of meaningless) expect(transition(connected, event)).toBe(connected);
  });

  it('keeps what plays while the next is being opened', () => {
    const opening = after(
      { type: 'open', playback: song },
      { type: 'start', playback: song },
      { type: 'open', playback: next },
    );
    expect(opening).toMatchObject({ playback: { status: 'playing', playback: song }, opening: next });
    expect(transition(opening, { type: 'abandon', playback: next })).toMatchObject({
      playback: { status: 'playing', playback: song },
      opening: undefined,
    });
    expect(transition(opening, { type: 'start', playback: next })).toMatchObject({
      playback: { status: 'playing', playback: next },
      opening: undefined,
    });
  });

  it('ends a playback with the reason of what ended it', () => {
    const playing = after({ type: 'connect' }, { type: 'connected' }, { type: 'start', playback: song });
    expect(transition(playing, { type: 'failed', error }).playback).toMatchObject({ reason: 'disconnected' });
    expect(transition(playing, { type: 'close', reason: 'user' }).playback).toMatchObject({ reason: 'stopped' });
    expect(transition(playing, { type: 'end', playback: song, reason: 'ended' }).playback).toMatchObject({
      status: 'ended',
      reason: 'ended',
    });
    expect(transition(playing, { type: 'end', playback: next, reason: 'ended' })).toBe(playing);
  });

  it('begins a playback anew, and goes on with it after a seek', () => {
    const begun = after({ type: 'start', playback: song });
    expect(begun.playback).toEqual({ status: 'playing', playback: song, kinds: [], sent: false });
    const heard = [
      { type: 'leg', playback: song, kind: 'audio' },
      { type: 'sent', playback: song },
    ].reduce<CallState>((state, event) => transition(state, event as CallEvent), begun);
    expect(heard.playback).toEqual({ status: 'playing', playback: song, kinds: ['audio'], sent: true });
    const sought = transition(heard, { type: 'start', playback: song });
    expect(sought.playback).toEqual(heard.playback);
    expect(sought).not.toBe(heard); // it is told all the same
    expect(transition(heard, { type: 'start', playback: next }).playback).toEqual({
      status: 'playing',
      playback: next,
      kinds: [],
      sent: false,
    });
  });

  it('ends a playback once, and begins it again after its end', () => {
    const ended = after({ type: 'start', playback: song }, { type: 'end', playback: song, reason: 'ended' });
    expect(transition(ended, { type: 'end', playback: song, reason: 'error', error })).toBe(ended);
    expect(transition(ended, { type: 'close', reason: 'user' }).playback).toBe(ended.playback);
    expect(transition(ended, { type: 'start', playback: song }).playback).toEqual({
      status: 'playing',
      playback: song,
      kinds: [],
      sent: false,
    });
    expect(transition(ended, { type: 'sent', playback: song })).toBe(ended);
  });

  it('counts each kind once, and a first packet once', () => {
    const legs = after(
      { type: 'start', playback: song },
      { type: 'leg', playback: song, kind: 'audio' },
      { type: 'leg', playback: song, kind: 'video' },
      { type: 'sent', playback: song },
    );
    expect(legs.playback).toMatchObject({ kinds: ['audio', 'video'], sent: true });
    expect(transition(legs, { type: 'leg', playback: song, kind: 'audio' })).toBe(legs);
    expect(transition(legs, { type: 'sent', playback: song })).toBe(legs);
    expect(transition(legs, { type: 'leg', playback: next, kind: 'video' })).toBe(legs);
  });

  it('keeps what plays while somebody brings a lost connection back', () => {
    const playing = after({ type: 'connect' }, { type: 'connected' }, { type: 'start', playback: song });
    const lost = transition(playing, { type: 'failed', error, rejoining: true });
    expect(lost).toMatchObject({ connection: { status: 'failed' }, playback: { status: 'playing', playback: song } });
    expect(transition(lost, { type: 'open', playback: next }).opening).toBe(next);
    expect(transition(lost, { type: 'renew' })).toMatchObject({
      connection: { status: 'new' },
      playback: { status: 'playing', playback: song },
    });
    expect(transition(initialCallState, { type: 'renew' })).toBe(initialCallState);
  });

  it('connects again in any state that is not final, over what there is', () => {
    const connected = after({ type: 'connect' }, { type: 'connected' });
    const over = transition(connected, { type: 'connect', over: true });
    expect(over.connection).toEqual({ status: 'connecting', over: true });
    expect(carriesMedia(over.connection)).toBe(true);
    expect(transition(over, { type: 'connected' }).connection.status).toBe('connected');
    expect(transition(over, { type: 'disconnected' }).connection.status).toBe('disconnected');
    const alone = transition(over, { type: 'connect', over: false });
    expect([alone.connection, carriesMedia(alone.connection)]).toEqual([{ status: 'connecting', over: false }, false]);
    expect(transition(alone, { type: 'withdraw' }).connection.status).toBe('new');
    const lost = transition(connected, { type: 'failed', error });
    expect(transition(lost, { type: 'connect' }).connection.status).toBe('connecting');
  });

  it('gives up once, what plays with it', () => {
    const playing = after({ type: 'connect' }, { type: 'connected' }, { type: 'start', playback: song });
    const lost = transition(playing, { type: 'failed', error, rejoining: true });
    expect(transition(lost, { type: 'failed', error, rejoining: true })).toBe(lost);
    const given = transition(lost, { type: 'failed', error });
    expect(given).toMatchObject({ connection: { rejoining: false }, playback: { reason: 'disconnected' } });
    expect(transition(given, { type: 'failed', error })).toBe(given);
  });

  it('keeps what an admin holds apart from what the user pauses', () => {
    const both = after({ type: 'hold' }, { type: 'pause' });
    expect(isPaused(transition(both, { type: 'release' }))).toBe(true);
    expect(isPaused(transition(both, { type: 'resume' }))).toBe(true);
    expect(transition(transition(both, { type: 'release' }), { type: 'resume' })).toEqual(initialCallState);
  });

  it('pauses and mutes in any order', () => {
    const both = after({ type: 'mute' }, { type: 'pause' }, { type: 'pause' });
    expect(both).toMatchObject({ paused: true, muted: true });
    expect(transition(transition(both, { type: 'unmute' }), { type: 'resume' })).toEqual(initialCallState);
  });

  it('holds to its invariants over any sequence of events', () => {
    const playback = fc.constantFrom(song, next);
    const event: fc.Arbitrary<CallEvent> = fc.oneof(
      fc.constantFrom<CallEvent>(
        { type: 'connect' },
        { type: 'connected' },
        { type: 'disconnected' },
        { type: 'failed', error },
        { type: 'failed', error, rejoining: true },
        { type: 'connect', over: true },
        { type: 'withdraw' },
        { type: 'renew' },
        { type: 'hold' },
        { type: 'release' },
        { type: 'timeout' },
        { type: 'pause' },
        { type: 'resume' },
        { type: 'mute' },
        { type: 'unmute' },
        { type: 'close', reason: 'user' },
      ),
      playback.map((p): CallEvent => ({ type: 'open', playback: p })),
      playback.map((p): CallEvent => ({ type: 'start', playback: p })),
      playback.map((p): CallEvent => ({ type: 'abandon', playback: p })),
      playback.map((p): CallEvent => ({ type: 'end', playback: p, reason: 'ended' })),
    );
    const order = ['new', 'connecting', 'connected', 'disconnected', 'failed', 'timeout', 'closed'];
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let state = initialCallState;
        for (const step of events) {
          const before = state;
          state = transition(before, step);
          const [from, to] = [before.connection.status, state.connection.status];
          expect(order).toContain(to);
          if (from === 'closed') expect(state).toBe(before);
          if (from === 'failed') expect(['failed', 'connecting', 'new', 'closed']).toContain(to);
          if (from === 'timeout') expect(['timeout', 'closed']).toContain(to);
          if (to === 'new' && from !== 'new') expect(['renew', 'withdraw']).toContain(step.type);
          if (to === 'connected' && from !== to) expect(['connecting', 'disconnected']).toContain(from);
          if (isLost(state.connection) || to === 'closed') expect(state.playback.status).not.toBe('playing');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
