import { describe, expect, it } from 'vitest';
import { type ClientOptions, createClient } from '../../src/calls/client.ts';
import type { GroupCall } from '../../src/calls/group-call.ts';
import { createConference, type LoopbackConference } from '../../src/testing/index.ts';
import { LOOPBACK_TRANSPORT, sleep, SONG, until } from './stage.ts';

interface Scene extends AsyncDisposable {
  readonly call: GroupCall;
  /** Two servers: a participant that joins anew may be sent to another one. */
  readonly conferences: readonly [LoopbackConference, LoopbackConference];
  /** Every status and every end of a playback. */
  readonly told: string[];
}

async function openScene(options: ClientOptions = {}): Promise<Scene> {
  const conferences = [await createConference(), await createConference()] as const;
  const client = createClient({ requireFfmpeg: false, transport: LOOPBACK_TRANSPORT, ...options });
  const call = await client.createCall(1);
  const told: string[] = [];
  call.state$.subscribe(({ connection }) => {
    if (connection.status !== told.at(-1)) told.push(connection.status);
  });
  call.playback$.subscribe((event) => event.type === 'ended' && told.push(`ended ${event.reason}`));
  return {
    call,
    conferences,
    told,
    async [Symbol.asyncDispose]() {
      await client.close();
      await Promise.all(conferences.map((conference) => conference.close()));
    },
  };
}

const packetsOf = (conference: LoopbackConference): number => conference.participants.at(-1)?.measure().packets ?? 0;

describe('a call that connects again', () => {
  it('while it is connected, moves to the other server without a gap, as the same participant', async () => {
    await using scene = await openScene();
    const { call, conferences, told } = scene;
    const [first, second] = conferences;
    const { joinPayload, ssrcs } = call;
    await call.connect(await first.join(joinPayload));
    await call.play(SONG);
    await until(() => packetsOf(first) > 25);
    await call.connect(await second.join(joinPayload));
    await until(() => packetsOf(second) > 25);

    expect([call.joinPayload, call.ssrcs]).toEqual([joinPayload, ssrcs]);
    expect(told).toEqual(['new', 'connecting', 'connected', 'connecting', 'connected']);
    const packets = [...first.participants[0]!.packets(), ...second.participants[0]!.packets()];
    packets.forEach((packet, n) => {
      if (n === 0) return;
      const before = packets[n - 1]!;
      expect([packet.sequence - before.sequence, packet.rtpTime - before.rtpTime]).toEqual([1, 960]);
    });
    await until(() => first.participants[0]!.state === 'closed'); // it was told good-bye
  });

  it('after the server went away, plays a new source, for what played has ended', async () => {
    await using scene = await openScene();
    const { call, conferences, told } = scene;
    const [first, second] = conferences;
    await call.connect(await first.join(call.joinPayload));
    await call.play(SONG);
    await until(() => packetsOf(first) > 25);
    await first.close();
    await until(() => call.status === 'failed');
    await expect(call.play(SONG)).rejects.toMatchObject({ code: 'ERR_CALL_CLOSED' });
    await call.connect(await second.join(call.joinPayload));
    await call.play(SONG);
    await until(() => packetsOf(second) > 25);
    expect(told.slice(2)).toEqual(['connected', 'failed', 'ended disconnected', 'connecting', 'connected']);
  });

  it('keeps the connection that it has when the new one comes to nothing or is aborted', async () => {
    await using scene = await openScene({ connectTimeoutMs: 300 });
    const { call, conferences, told } = scene;
    const [first, second] = conferences;
    await call.connect(await first.join(call.joinPayload));
    await call.play(SONG);
    const wrong = await second.join(call.joinPayload, { answer: { wrongFingerprint: true } });
    await expect(call.connect(wrong)).rejects.toMatchObject({ code: 'ERR_FINGERPRINT' });
    await second.leave(call.ssrcs.audio);
    const silent = await second.join(call.joinPayload, { silent: true });
    const signal = AbortSignal.timeout(100);
    await expect(call.connect(silent, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    const sent = packetsOf(first);
    await until(() => packetsOf(first) > sent + 25);
    expect(call.playback.status).toBe('playing');
    const again = ['connecting', 'connected'];
    expect(told).toEqual(['new', ...again, ...again, ...again]);
  });

  it('lets the last of two answers win', async () => {
    await using scene = await openScene();
    const { call, conferences, told } = scene;
    const answers = [
      await conferences[0].join(call.joinPayload, { silent: true }),
      await conferences[1].join(call.joinPayload),
    ];
    const [early, late] = await Promise.allSettled(answers.map((answer) => call.connect(answer)));
    expect([early, late]).toMatchObject([
      { status: 'rejected', reason: { code: 'ERR_ABORTED' } },
      { status: 'fulfilled' },
    ]);
    expect(told).toEqual(['new', 'connecting', 'connected']);
  });

  it('may be aborted before it was ever connected, and connected then', async () => {
    await using scene = await openScene();
    const { call, conferences, told } = scene;
    const silent = await conferences[0].join(call.joinPayload, { silent: true });
    const signal = AbortSignal.timeout(100);
    await expect(call.connect(silent, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(call.status).toBe('new');
    await call.connect(await conferences[1].join(call.joinPayload));
    expect(told).toEqual(['new', 'connecting', 'new', 'connecting', 'connected']);
  });

  it('takes another payload when renewed, also twice at once', async () => {
    await using scene = await openScene();
    const { call, conferences } = scene;
    const [first] = conferences;
    const { joinPayload } = call;
    await call.connect(await first.join(joinPayload));
    await call.play(SONG);
    await Promise.all([call.renew(), call.renew()]);
    expect([call.status, call.playback.status]).toEqual(['new', 'playing']);
    expect(call.joinPayload).not.toBe(joinPayload);
    await call.connect(await first.join(call.joinPayload));
    await until(() => packetsOf(first) > 25);
    expect(first.participants).toHaveLength(2);
  });
});

describe('onRejoinNeeded', () => {
  it('brings a lost connection back, at the position where it was lost', async () => {
    const asked: object[] = [];
    let answer: (payload: string) => Promise<string> = () => Promise.reject(new Error('not yet'));
    await using scene = await openScene({
      rejoin: { delayMs: (attempt) => (attempt - 1) * 200 },
      onRejoinNeeded({ joinPayload, attempt, error }) {
        asked.push({ attempt, code: error.code });
        return answer(joinPayload);
      },
    });
    const { call, conferences, told } = scene;
    const [first, second] = conferences;
    const { joinPayload } = call;
    await call.connect(await first.join(joinPayload));
    await call.play(SONG);
    await until(() => call.positionMs > 600);
    await first.close();
    await until(() => asked.length === 1);
    const { positionMs } = call;
    await sleep(100);
    expect(call.positionMs).toBe(positionMs);
    answer = (payload) => second.join(payload);
    await until(() => packetsOf(second) > 25);
    expect(asked).toEqual([
      { attempt: 1, code: 'ERR_TRANSPORT_CLOSED' },
      { attempt: 2, code: 'ERR_SIGNALING' },
    ]);
    expect(call.joinPayload).toBe(joinPayload);
    expect(call.positionMs - positionMs).toBeLessThan(2000);
    expect(told).toEqual(['new', 'connecting', 'connected', 'failed', 'connecting', 'connected']);
    expect(second.participants[0]!.measure().lost).toBe(0);
  });

  it('gives up after the attempts that it has, or when told to: what plays ends then', async () => {
    for (const [answer, attempts] of [
      [() => Promise.reject(new Error('no')), 3],
      [() => Promise.resolve(undefined), 1],
    ] as const) {
      let asked = 0;
      await using scene = await openScene({
        rejoin: { attempts: 3, delayMs: () => 1 },
        onRejoinNeeded() {
          asked++;
          return answer();
        },
      });
      const { call, conferences, told } = scene;
      await call.connect(await conferences[0].join(call.joinPayload));
      await call.play(SONG);
      await until(() => packetsOf(conferences[0]) > 25);
      await conferences[0].close();
      await until(() => call.playback.status === 'ended');
      expect(asked).toBe(attempts);
      expect(told.slice(3)).toEqual(['failed', 'ended disconnected']);
      expect(call.state.connection).toMatchObject({ status: 'failed', rejoining: false });
    }
  });
});
