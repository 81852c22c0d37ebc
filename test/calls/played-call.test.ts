import { NEVER } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallEvent } from '../../src/calls/call-state.ts';
import { createPlayedCall, type PlayedCall } from '../../src/calls/played-call.ts';
import { TransportError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { MediaSource } from '../../src/core/media-source.ts';
import { createWheelClock } from '../../src/core/process-clock.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';

const song = (seekable: boolean): MediaSource =>
  new MediaSource({
    label: 'song',
    seekable,
    open: ({ startMs, reason }) => createFakeSource({ startMs, reason, count: 150, delayMs: 30 }),
  });

let call: PlayedCall['members'];
let tell: (event: CallEvent) => unknown;

/** A call that is connected, and whose sink is nowhere. */
beforeEach(() => {
  vi.useFakeTimers();
  const { members, store } = createPlayedCall({
    chatId: 'chat',
    clock: createWheelClock(),
    logger: silentLogger,
    request: {},
    whenFailed: 'mend it',
    write: () => undefined,
    follow: () => undefined,
    end: () => Promise.resolve(),
  });
  call = members;
  tell = store.dispatch;
  tell({ type: 'connect' });
  tell({ type: 'connected' });
});
afterEach(async () => {
  await call.close();
  vi.useRealTimers();
});

describe('what is done with a call', () => {
  it('say whether they changed anything', () => {
    expect([call.pause(), call.pause(), call.resume(), call.resume()]).toEqual([true, false, true, false]);
    expect([call.mute(), call.mute(), call.unmute(), call.unmute()]).toEqual([true, false, true, false]);
  });

  it('seek from the present position, and not to before the beginning', async () => {
    const positions: number[] = [];
    call.position$.subscribe((ms) => positions.push(Math.round(ms)));
    await Promise.all([call.play(song(true)), vi.advanceTimersByTimeAsync(100)]);
    await Promise.all([call.seekTo(2000), vi.advanceTimersByTimeAsync(100)]);
    expect(positions.at(-1)).toBeGreaterThanOrEqual(2000);
    await Promise.all([call.seekBy(-60_000), vi.advanceTimersByTimeAsync(100)]);
    expect(positions.at(-1)).toBeLessThan(500);
  });

  it('seek from where the last seek goes, and in what is being opened from its own start', async () => {
    const positions: number[] = [];
    call.position$.subscribe((ms) => positions.push(Math.round(ms)));
    await Promise.all([call.play(song(true)), vi.advanceTimersByTimeAsync(1000)]);
    const seeks = [call.seekTo(0), call.seekBy(400), call.seekBy(400)];
    await Promise.all([...seeks, vi.advanceTimersByTimeAsync(100)]);
    expect(positions.at(-1)).toBeGreaterThanOrEqual(800);
    expect(positions.at(-1)).toBeLessThan(1000);

    const playing = call.play(song(true));
    await Promise.all([playing, call.seekBy(100), vi.advanceTimersByTimeAsync(100)]);
    expect(positions.at(-1)).toBeGreaterThanOrEqual(100);
    expect(positions.at(-1)).toBeLessThan(300);
  });

  it('refuse to seek where that cannot be', async () => {
    await expect(call.seekTo(0)).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    await Promise.all([call.play(song(false)), vi.advanceTimersByTimeAsync(100)]);
    await expect(call.seekTo(Infinity)).rejects.toMatchObject({ code: 'ERR_OPTION', path: 'positionMs' });
    await expect(call.seekTo(1000)).rejects.toMatchObject({ code: 'ERR_SOURCE_NOT_SEEKABLE' });
  });

  it('refuse what needs a connection when that is lost for good, and say what helps', async () => {
    const error = new TransportError('ERR_RTMP_LOST', 'lost');
    tell({ type: 'failed', error });
    await expect(call.play(NEVER)).rejects.toThrow('Call chat is failed: before play, mend it.');
    await call.close();
    await expect(call.seekTo(0)).rejects.toThrow('Call chat is closed: before seekTo, create another one.');
  });
});
