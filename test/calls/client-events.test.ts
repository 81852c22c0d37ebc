import { describe, expect, it } from 'vitest';
import { type CallEvent, initialCallState, type Playback } from '../../src/calls/call-state.ts';
import { clientEventsOf, firstEventsOf, presentationEventsOf } from '../../src/calls/client-events.ts';
import { transition } from '../../src/calls/transition.ts';
import { TransportError } from '../../src/core/errors.ts';

const film: Playback = { id: 1, label: 'film.mkv', seekable: true };
const next: Playback = { id: 2, label: 'next.mkv', seekable: true };
const error = new TransportError('ERR_ICE_FAILED', 'gone');

const connect: CallEvent[] = [{ type: 'connect' }, { type: 'connected' }];
const playFilm: CallEvent[] = [
  { type: 'open', playback: film },
  { type: 'start', playback: film },
  { type: 'leg', playback: film, kind: 'audio' },
  { type: 'leg', playback: film, kind: 'video' },
  { type: 'sent', playback: film },
];

/** What a bot is told by the last of these events. */
function told(...events: CallEvent[]): string[] {
  let state = initialCallState;
  let lines: string[] = [];
  for (const event of events) {
    const after = transition(state, event);
    lines = after === state ? [] : clientEventsOf('chat', { event, before: state, after }).map((e) => describeEvent(e));
    state = after;
  }
  return lines;
}

function describeEvent(event: ReturnType<typeof clientEventsOf>[number]): string {
  switch (event.type) {
    case 'connectionChange':
      return event.rejoining ? `${event.state}, rejoining` : event.state;
    case 'presentationChange':
      return `presentation ${event.state}`;
    case 'legEnd':
      return `legEnd ${event.kind}`;
    case 'streamEnd':
      return `streamEnd ${event.reason}`;
    case 'mediaState':
      return `mediaState ${['muted', 'paused', 'video'].filter((flag) => event[flag as 'muted']).join(' ')}`.trim();
    case 'started':
      return `started ${event.playback.label}`;
  }
}

describe('clientEventsOf', () => {
  it('tells every connection state but the first', () => {
    expect(told({ type: 'connect' })).toEqual(['connecting']);
    expect(told(...connect)).toEqual(['connected']);
    expect(told(...connect, { type: 'disconnected' })).toEqual(['disconnected']);
    expect(told(...connect, { type: 'disconnected' }, { type: 'connected' })).toEqual(['connected']);
    expect(told({ type: 'connect' }, { type: 'timeout' })).toEqual(['timeout']);
    expect(told({ type: 'connect' }, { type: 'timeout' }, { type: 'close', reason: 'timeout' })).toEqual(['closed']);
  });

  it('tells of the first packet once, not again after a seek', () => {
    expect(told(...connect, ...playFilm)).toEqual(['started film.mkv']);
    const seek: CallEvent[] = [
      { type: 'open', playback: film },
      { type: 'start', playback: film },
      { type: 'sent', playback: film },
    ];
    expect(told(...connect, ...playFilm, ...seek)).toEqual([]);
  });

  it('tells of an end the picture first, then the sound, then the stream', () => {
    for (const reason of ['ended', 'error', 'stalled'] as const) {
      expect(told(...connect, ...playFilm, { type: 'end', playback: film, reason })).toEqual([
        'legEnd video',
        'legEnd audio',
        `streamEnd ${reason}`,
        'mediaState',
      ]);
    }
    expect(told(...connect, ...playFilm, { type: 'failed', error })).toEqual([
      'failed',
      'legEnd video',
      'legEnd audio',
      'streamEnd disconnected',
      'mediaState',
    ]);
  });

  it('is silent on stop, replace, seek and play', () => {
    expect(told(...connect, ...playFilm, { type: 'end', playback: film, reason: 'stopped' })).toEqual([]);
    expect(told(...connect, ...playFilm, { type: 'end', playback: film, reason: 'replaced' })).toEqual([]);
    expect(told(...connect, ...playFilm, { type: 'open', playback: next })).toEqual([]);
    expect(told(...connect, ...playFilm, { type: 'start', playback: film })).toEqual([]);
  });

  it('tells of toggles that changed something', () => {
    expect(told(...connect, ...playFilm, { type: 'pause' })).toEqual(['mediaState paused video']);
    expect(told({ type: 'mute' })).toEqual(['mediaState muted']);
    expect(told({ type: 'mute' }, { type: 'mute' })).toEqual([]);
    expect(told({ type: 'mute' }, { type: 'unmute' })).toEqual(['mediaState']);
  });

  it('tells of an admin who holds the call, unless it is paused anyway', () => {
    expect(told(...connect, ...playFilm, { type: 'hold' })).toEqual(['mediaState paused video']);
    expect(told(...connect, ...playFilm, { type: 'hold' }, { type: 'pause' })).toEqual([]);
    expect(told(...connect, ...playFilm, { type: 'hold' }, { type: 'pause' }, { type: 'release' })).toEqual([]);
    expect(told(...connect, ...playFilm, { type: 'hold' }, { type: 'release' })).toEqual(['mediaState video']);
  });

  it('tells that a call joins anew, and once more, with what played, when that is given up', () => {
    const rejoining: CallEvent = { type: 'failed', error, rejoining: true };
    expect(told(...connect, ...playFilm, { type: 'connect', over: true })).toEqual(['connecting']);
    expect(told(...connect, ...playFilm, rejoining)).toEqual(['failed, rejoining']);
    expect(told(...connect, ...playFilm, rejoining, rejoining)).toEqual([]);
    expect(told(...connect, ...playFilm, rejoining, { type: 'failed', error })).toEqual([
      'failed',
      'legEnd video',
      'legEnd audio',
      'streamEnd disconnected',
      'mediaState',
    ]);
  });

  it('tells of the end of a call, and of the picture that ends with it', () => {
    expect(told(...connect, { type: 'close', reason: 'user' })).toEqual(['closed']);
    expect(told(...connect, ...playFilm, { type: 'close', reason: 'user' })).toEqual(['closed', 'mediaState']);
  });
});

describe('firstEventsOf', () => {
  it('tells of a call that is connected as it becomes known, and of no other', () => {
    const [connecting, connected] = connect as [CallEvent, CallEvent];
    const state = transition(transition(initialCallState, connecting), connected);
    expect(firstEventsOf('chat', state)).toEqual([{ type: 'connectionChange', chatId: 'chat', state: 'connected' }]);
    expect(firstEventsOf('chat', initialCallState)).toEqual([]);
  });
});

describe('presentationEventsOf', () => {
  it('tells what becomes of the connection, and nothing of what is played', () => {
    const events = (
      [{ type: 'connect', over: false }, { type: 'pause' }, { type: 'close', reason: 'call' }] as const
    ).reduce(
      ({ state, told }, event) => {
        const after = transition(state, event);
        return { state: after, told: [...told, ...presentationEventsOf('chat', { event, before: state, after })] };
      },
      { state: initialCallState, told: [] as ReturnType<typeof presentationEventsOf> },
    );
    expect(events.told).toEqual([
      { type: 'presentationChange', chatId: 'chat', state: 'connecting' },
      { type: 'presentationChange', chatId: 'chat', state: 'closed' },
    ]);
  });
});
