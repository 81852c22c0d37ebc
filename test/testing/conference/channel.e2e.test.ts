import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { allocateSsrcs } from '../../../src/telegram/ssrc.ts';
import { createJoinPayload } from '../../../src/telegram/join-payload.ts';
import { createConference } from '../../../src/testing/conference/conference.ts';
import { createTransport } from '../../../src/webrtc/create-transport.ts';
import { joinConference } from './test-client.ts';

describe('the data channel of a participant', () => {
  it('is opened by the participant, carries text both ways, and ends when they leave', async () => {
    await using conference = await createConference();
    await using client = await joinConference(conference);
    const { channel } = client.participant;
    expect(channel.state).toBe('connecting');
    expect(channel.send('too early')).toBe(false);
    const later = lastValueFrom(channel.messages$.pipe(toArray()));
    await client.connect();
    const own = await client.transport.openDataChannel();
    const heard: string[] = [];
    own.messages$.subscribe((text) => heard.push(text));
    await expect.poll(() => own.state, { timeout: 10_000 }).toBe('open');
    own.send('hello');
    own.send('');
    await expect.poll(() => channel.messages).toEqual(['hello', '']);
    expect(channel.constrainVideo(360)).toBe(true);
    await expect
      .poll(() => heard)
      .toEqual(['{"colibriClass":"SenderVideoConstraints","videoConstraints":{"idealHeight":360}}']);
    await client.participant.leave();
    expect(await later).toEqual(['hello', '']);
    expect(channel.state).toBe('closed');
  });
});

describe('a presentation', () => {
  it('is another connection of somebody who is in, and ends with theirs', async () => {
    await using conference = await createConference();
    await using client = await joinConference(conference);
    await client.connect();
    await using transport = (await createTransport({ addresses: ['127.0.0.1'] })) as Awaited<
      ReturnType<typeof createTransport>
    > &
      AsyncDisposable;
    const ssrcs = allocateSsrcs();
    const payload = createJoinPayload({ ssrcs, local: transport.localParameters });
    await expect(conference.joinPresentation(1, payload)).rejects.toThrow(/GROUPCALL_JOIN_MISSING/);
    await conference.joinPresentation(client.ssrcs.audio, payload);
    const presentation = conference.participant(ssrcs.audio)!;
    expect(presentation.presenter).toBe(client.participant.source);
    expect(client.participant.presenter).toBeUndefined();
    await client.participant.leave();
    await expect.poll(() => presentation.state).toBe('closed');
    await expect(conference.joinPresentation(client.ssrcs.audio, payload)).rejects.toMatchObject({
      code: 'ERR_CALL_STATE',
    });
  });
});
