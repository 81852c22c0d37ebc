import { describe, expect, it } from 'vitest';
import type { MediaState, ParticipantFlags } from '../../src/telegram/media-state.ts';
import { createMediaStateTeller } from '../../src/telegram/media-state-teller.ts';

interface Request {
  flags: ParticipantFlags;
  settle: (error?: Error) => Promise<void>;
}

function setUp(): {
  state: { -readonly [K in keyof MediaState]: MediaState[K] };
  requests: Request[];
  errors: unknown[];
  teller: ReturnType<typeof createMediaStateTeller>;
} {
  const state = { muted: false, paused: false, video: false };
  const requests: Request[] = [];
  const errors: unknown[] = [];
  const teller = createMediaStateTeller({
    state: () => state,
    edit: (flags) =>
      new Promise((resolve, reject) => {
        const settle = async (error?: Error): Promise<void> => {
          if (error) reject(error);
          else resolve(undefined);
          for (let i = 0; i < 5; i++) await Promise.resolve();
        };
        requests.push({ flags, settle });
      }),
    onError: (error) => errors.push(error),
  });
  return { state, requests, errors, teller };
}

describe('createMediaStateTeller', () => {
  it('says nothing before it is started, and then only what differs', () => {
    const { teller, requests } = setUp();
    teller.tell();
    expect(requests).toEqual([]);
    teller.start({ videoStopped: true, videoPaused: false });
    teller.tell();
    expect(requests.map(({ flags }) => flags)).toEqual([{ muted: false }]);
  });

  it('sends one request at a time, and what changed meanwhile in the next', async () => {
    const { teller, state, requests } = setUp();
    teller.start({});
    teller.tell();
    state.paused = true;
    teller.tell();
    state.paused = false;
    teller.tell();
    state.muted = true;
    teller.tell({ volume: 10_000 });
    expect(requests).toHaveLength(1);
    await requests[0]!.settle();
    expect(requests[1]!.flags).toEqual({ muted: true, volume: 10_000 });
    await requests[1]!.settle();
    expect(requests).toHaveLength(2);
  });

  it('reports a failure, does not repeat it, and tells the next change', async () => {
    const { teller, state, requests, errors } = setUp();
    teller.start({});
    teller.tell();
    await requests[0]!.settle(new Error('USER_VOLUME_INVALID'));
    expect(errors).toHaveLength(1);
    teller.tell();
    expect(requests).toHaveLength(1);
    state.muted = true;
    teller.tell();
    expect(requests[1]!.flags).toEqual({ muted: true });
  });

  it('tells again what the server has changed by itself', async () => {
    const { teller, requests } = setUp();
    teller.start({});
    teller.tell();
    await requests[0]!.settle();
    teller.learn({ muted: true });
    teller.tell();
    expect(requests[1]!.flags).toEqual({ muted: false });
  });

  it('is silent when stopped, also in the middle of a request', async () => {
    const { teller, state, requests } = setUp();
    teller.start({});
    teller.tell();
    state.muted = true;
    teller.tell();
    teller.stop();
    await requests[0]!.settle();
    teller.tell();
    expect(requests).toHaveLength(1);
  });
});
