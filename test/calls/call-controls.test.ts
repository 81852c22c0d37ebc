import { NEVER } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCallControls } from '../../src/calls/call-controls.ts';
import type { CallEvent } from '../../src/calls/call-state.ts';
import { createPlayer } from '../../src/calls/player.ts';
import { createStateStore } from '../../src/calls/state-store.ts';
import { TransportError } from '../../src/core/errors.ts';
import { MediaSource } from '../../src/core/media-source.ts';
import { createWheelClock } from '../../src/core/process-clock.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';

const song = (seekable: boolean): MediaSource =>
  new MediaSource({
    label: 'song',
    seekable,
    open: ({ startMs, reason }) => createFakeSource({ startMs, reason, count: 150 }),
  });

/** The controls of a call that is connected, and whose sink is nowhere. */
function connected(): ReturnType<typeof createCallControls> & { tell: (event: CallEvent) => unknown } {
  const clock = createWheelClock();
  const store = createStateStore();
  const player = createPlayer({
    clock,
    request: {},
    write: () => undefined,
    dispatch: (event) => void store.dispatch(event),
  });
  const tell = (event: CallEvent): unknown => store.dispatch(event);
  tell({ type: 'connect' });
  tell({ type: 'connected' });
  player.hold(false);
  return { ...createCallControls({ chatId: 'chat', store, player, clock, whenFailed: 'mend it' }), tell };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the controls of a call', () => {
  it('say whether they changed anything', () => {
    const call = connected();
    expect([call.pause(), call.pause(), call.resume(), call.resume()]).toEqual([true, false, true, false]);
    expect([call.mute(), call.mute(), call.unmute(), call.unmute()]).toEqual([true, false, true, false]);
  });

  it('seek from the present position, and not to before the beginning', async () => {
    const call = connected();
    const positions: number[] = [];
    call.position$.subscribe((ms) => positions.push(Math.round(ms)));
    await Promise.all([call.play(song(true)), vi.advanceTimersByTimeAsync(100)]);
    await Promise.all([call.seekTo(2000), vi.advanceTimersByTimeAsync(100)]);
    expect(positions.at(-1)).toBeGreaterThanOrEqual(2000);
    await Promise.all([call.seekBy(-60_000), vi.advanceTimersByTimeAsync(100)]);
    expect(positions.at(-1)).toBeLessThan(500);
    call.stop();
  });

  it('refuse to seek where that cannot be', async () => {
    const call = connected();
    await expect(call.seekTo(0)).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    await Promise.all([call.play(song(false)), vi.advanceTimersByTimeAsync(100)]);
    await expect(call.seekTo(Infinity)).rejects.toMatchObject({ code: 'ERR_OPTION', path: 'positionMs' });
    await expect(call.seekTo(1000)).rejects.toMatchObject({ code: 'ERR_SOURCE_NOT_SEEKABLE' });
    call.stop();
  });

  it('refuse what needs a connection when that is lost for good, and say what helps', async () => {
    const call = connected();
    const error = new TransportError('ERR_RTMP_LOST', 'lost');
    call.tell({ type: 'failed', error });
    await expect(call.play(NEVER)).rejects.toThrow('Call chat is failed: before play, mend it.');
    call.tell({ type: 'close', reason: 'user' });
    await expect(call.seekTo(0)).rejects.toThrow('Call chat is closed: before seekTo, create another one.');
  });
});
