import { readdirSync } from 'node:fs';
import { BehaviorSubject, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/calls/client.ts';
import { pace } from '../../src/operators/pace.ts';
import { pauseGate } from '../../src/operators/pause-gate.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { expectNoLeaks } from '../../src/testing/expect-no-leaks.ts';
import { createMediaFolder, LOOPBACK_TRANSPORT, type MediaFolder, openStage, sleep, tone, until } from './stage.ts';

/** Pids of the children of this process; empty where there is no procfs. */
function children(): string[] {
  try {
    return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === process.pid);
  } catch {
    return [];
  }
}

function parentOf(pid: string): number {
  try {
    const stat = process.getBuiltinModule('node:fs').readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return -1; // gone meanwhile
  }
}

describe('nothing leaks', () => {
  let media: MediaFolder;
  let song: string;
  let twoHours: string;

  beforeAll(() => {
    media = createMediaFolder();
    song = media.make('song.mp3', ...tone(440, 60), '-b:a', '64k');
    twoHours = media.make('two-hours.mp3', ...tone(440, 7200), '-ac', '1', '-ar', '16000', '-b:a', '16k');
  }, 120_000);
  afterAll(() => media[Symbol.dispose]());

  it('after stop() no child is left, after close() no socket and no timer', async () => {
    const before = children().length;
    await expectNoLeaks(async () => {
      await using stage = await openStage();
      const { call } = stage;
      await call.play(fromFile(song));
      expect(children().length).toBeGreaterThan(before);
      await call.play(fromFile(song));
      await call.seekTo(10_000);
      call.pause();
      call.stop();
      await until(() => children().length === before);
    });
  });

  it('closing in the midst of everything leaves nothing either', async () => {
    const before = children().length;
    await expectNoLeaks(async () => {
      for (const afterMs of [0, 5, 60, 200]) {
        const stage = await openStage();
        const playing = stage.call.play(fromFile(song)).catch(() => {});
        await sleep(afterMs);
        await Promise.all([stage.call.close(), stage.call.close(), stage.client.close()]);
        await stage.conference.close();
        await playing;
      }
      const client = createClient({ transport: LOOPBACK_TRANSPORT });
      const call = await client.createCall(1);
      call.state$.subscribe((state) => {
        if (state.muted) void call.close();
      });
      call.mute();
      await call.closed;
      await client.close();
    });
    await until(() => children().length === before);
  });

  for (const where of ['after', 'before'] as const) {
    it(`a paused film of two hours holds less than 8 MiB, with the gate ${where} pace`, async () => {
      const paused$ = new BehaviorSubject(false);
      let received = 0;
      let read = 0;
      const film = fromFile(twoHours).pipe(tap(() => read++));
      const chain = where === 'after' ? film.pipe(pace(), pauseGate(paused$)) : film.pipe(pauseGate(paused$), pace());
      const bytesBefore = process.memoryUsage().arrayBuffers;
      const subscription = chain.subscribe(() => received++);
      await sleep(1000);
      paused$.next(true);
      await sleep(200);
      const atPause = received;
      await sleep(2000);
      const heldBytes = process.memoryUsage().arrayBuffers - bytesBefore;
      expect(received).toBe(atPause);
      expect(received).toBeGreaterThan(20);
      expect(read - received).toBeLessThan(120);
      expect(heldBytes).toBeLessThan(8 * 1024 * 1024);
      subscription.unsubscribe();
    });
  }
});
