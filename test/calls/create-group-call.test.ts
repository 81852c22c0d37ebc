import { Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OwnedGroupCall } from '../../src/calls/create-group-call.ts';
import { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { createFakeSource } from '../../src/testing/fake-source.ts';
import { RTC_ANSWER } from '../telegram/toy-signaling.ts';
import { connectFake, openFakeCall } from './fake-call.ts';
import type { FakeTransport } from './fake-transport.ts';

let transport: FakeTransport;
let call: OwnedGroupCall;

/** 3 s, seekable. */
const SONG = new MediaSource({
  label: 'song',
  seekable: true,
  open: ({ startMs, reason }) => createFakeSource({ startMs, reason, count: Math.max(0, 150 - startMs / 20) }),
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(async () => {
  vi.useFakeTimers();
  ({ call, transport } = await openFakeCall());
});
afterEach(async () => {
  await call.close();
  vi.useRealTimers();
});

describe('play', () => {
  it.each(['song.mp3', undefined])('refuses what is no source, and plays on: %s', async (source) => {
    await connectFake({ call, transport });
    const playing = call.play(SONG);
    await pass(100);
    await playing;
    const refused = { code: 'ERR_OPTION', message: expect.stringContaining('fromFile(path)') };
    await expect(call.play(source as never)).rejects.toMatchObject(refused);
    expect(call.state).toMatchObject({ opening: undefined, playback: { status: 'playing' } });
  });
});

describe('position$', () => {
  it('tells the present one, then four a second, and at once what a seek, a pause and the end make of it', async () => {
    await connectFake({ call, transport });
    const told: number[] = [];
    let completed = false;
    call.position$.subscribe({ next: (ms) => told.push(Math.round(ms)), complete: () => (completed = true) });
    expect(told).toEqual([0]);
    void call.play(SONG);
    await pass(1010);
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(told.length).toBeLessThanOrEqual(7);
    const beforePause = told.length;
    call.pause();
    expect(told.length - beforePause).toBeLessThanOrEqual(1);
    const paused = told.length;
    await pass(5000);
    expect(told).toHaveLength(paused);
    call.resume();
    void call.seekTo(2000);
    expect(told.at(-1)).toBe(2000);
    await pass(1500);
    expect(told.at(-1)).toBe(3000);
    await call.close();
    expect(completed).toBe(true);
  });

  it('has a timer only while somebody listens and it moves', async () => {
    await connectFake({ call, transport });
    const idle = vi.getTimerCount();
    const listening = call.position$.subscribe();
    expect(vi.getTimerCount()).toBe(idle);
    listening.unsubscribe();
    expect(vi.getTimerCount()).toBe(idle);
  });

  it('has nothing to tell of a call that is closed, and says so', async () => {
    await call.close();
    let completed = false;
    call.position$.subscribe({ complete: () => (completed = true) });
    expect(completed).toBe(true);
  });
});

describe('an admin who holds a call', () => {
  it('is kept apart from the user: each lifts only what is theirs', async () => {
    await connectFake({ call, transport });
    void call.play(SONG);
    await pass(200);
    expect([call.hold(), call.hold(), call.paused, call.held]).toEqual([true, false, false, true]);
    await pass(100);
    const { sent } = transport;
    call.resume();
    await pass(500);
    expect(transport.sent).toBe(sent);
    call.pause();
    call.release();
    await pass(500);
    expect(transport.sent).toBe(sent);
    call.resume();
    await pass(500);
    expect(transport.sent).toBeGreaterThan(sent + 20);
  });
});

describe('a connection that holds', () => {
  it('is not given up when the time for connecting is over', async () => {
    await connectFake({ call, transport });
    await pass(120_000);
    expect(call.status).toBe('connected');
  });
});

describe('a connection that is lost without anybody to bring it back', () => {
  it('lets go of the source, which would go on for nobody', async () => {
    let open = 0;
    const source = new Observable<Sample>((subscriber) => {
      open++;
      subscriber.add(() => open--);
      return createFakeSource().subscribe(subscriber);
    });
    await connectFake({ call, transport });
    void call.play(source);
    await pass(200);
    expect(open).toBe(1);
    transport.lose();
    expect(open).toBe(0);
  });

  it('ends what plays before anybody can connect again in answer to it', async () => {
    await connectFake({ call, transport });
    void call.play(SONG);
    await pass(200);
    const ended: string[] = [];
    call.playback$.subscribe((event) => event.type === 'ended' && ended.push(event.reason));
    call.state$.subscribe(({ connection }) => {
      if (connection.status === 'failed') call.connect(RTC_ANSWER).catch(() => {});
    });
    transport.lose();
    transport.establish();
    const { sent } = transport;
    await pass(1000);
    expect(ended).toEqual(['disconnected']);
    expect(call.status).toBe('connected');
    expect(transport.sent).toBe(sent);
    await call.play(SONG);
    expect(call.playback.status).toBe('playing');
  });
});
