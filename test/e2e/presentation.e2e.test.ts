import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../src/calls/client-events.ts';
import { createClient } from '../../src/calls/client.ts';
import { createConference, createFakeSource } from '../../src/testing/index.ts';
import { LOOPBACK_TRANSPORT, openStage, until } from './stage.ts';

describe('a presentation', () => {
  it('is a second connection of a call, with a payload, SSRCs and a playback of its own', async () => {
    await using stage = await openStage();
    const { client, call, conference, participant } = stage;
    const events: ClientEvent[] = [];
    client.events$.subscribe((event) => events.push(event));
    const presentation = await client.createPresentation(call.chatId);
    expect(client.getPresentation(call.chatId)).toBe(presentation);
    expect(client.calls).toEqual([call]);
    expect(presentation.ssrcs.audio).not.toBe(call.ssrcs.audio);
    await presentation.connect(await conference.joinPresentation(call.ssrcs.audio, presentation.joinPayload));
    const shown = conference.participant(presentation.ssrcs.audio)!;
    expect(shown.presenter).toBe(participant.source);

    await call.play(createFakeSource());
    await presentation.play(createFakeSource({ kind: 'video', durationMs: 40 }));
    await until(() => shown.measure('video').packets > 20 && participant.measure('audio').packets > 20);
    expect(participant.measure('video')).toMatchObject({ bytes: 0 });
    presentation.pause();
    expect(call.paused).toBe(false);

    await presentation.close();
    expect(client.getPresentation(call.chatId)).toBeUndefined();
    expect(call.status).toBe('connected');
    await until(() => events.filter(({ type }) => type === 'presentationChange').length === 3);
    const states = events.flatMap((event) => (event.type === 'presentationChange' ? [event.state] : []));
    expect(states).toEqual(['connecting', 'connected', 'closed']);
  });

  it('needs a call that is connected, and there is one of them at a time', async () => {
    await using conference = await createConference();
    await using client = createClient({ transport: LOOPBACK_TRANSPORT });
    await expect(client.createPresentation(1)).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    const call = await client.createCall(1);
    await expect(client.createPresentation(1)).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    await call.connect(await conference.join(call.joinPayload));
    const both = await Promise.allSettled([client.createPresentation(1), client.createPresentation(1)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: { code: 'ERR_CALL_EXISTS' } });
    await client.getPresentation(1)!.close();
    await client.createPresentation(1);
    await expect(client.present(1)).rejects.toMatchObject({ code: 'ERR_OPTION', path: 'options.signaling' });
  });

  it.each(['closed', 'lost', 'closed with its client'])('ends with its call when that is %s', async (how) => {
    const stage = await openStage();
    const { client, call, conference, participant } = stage;
    const presentation = await client.createPresentation(call.chatId);
    await presentation.connect(await conference.joinPresentation(call.ssrcs.audio, presentation.joinPayload));
    if (how === 'closed') await call.close();
    else if (how === 'lost') await participant.leave();
    else await client.close();
    await presentation.closed;
    expect(presentation.status).toBe('closed');
    await stage[Symbol.asyncDispose]();
  });
});
