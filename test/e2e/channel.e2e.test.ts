import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromFile, type FromFileOptions } from '../../src/sources/from-file.ts';
import { receiverVideoConstraints } from '../../src/telegram/colibri.ts';
import { flashAndBeep } from '../sources/flash-and-beep.ts';
import { recordVideo } from './received-video.ts';
import { createMediaFolder, type MediaFolder, openStage, sleep, until } from './stage.ts';

const SMALL: FromFileOptions = { video: true, videoWidth: 320, videoHeight: 240 };

describe('the data channel of a call', () => {
  let media: MediaFolder;
  let clip: string;

  beforeAll(() => {
    media = createMediaFolder();
    clip = media.make('clip.mp4', ...flashAndBeep(60), '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac');
  });
  afterAll(() => media[Symbol.dispose]());

  it('opens with the first picture, and no picture is sent while the server wants none', async () => {
    await using stage = await openStage();
    const { call, participant } = stage;
    const { frames } = recordVideo(participant);
    const heights: (number | null)[] = [];
    call.idealVideoHeight$.subscribe((height) => heights.push(height));
    expect(participant.channel.state).toBe('connecting');
    await call.play(fromFile(clip, SMALL));
    await until(() => participant.channel.state === 'open');
    participant.channel.constrainVideo(360);
    await until(() => call.getStats().idealVideoHeight === 360);

    participant.channel.constrainVideo(0);
    await until(() => call.getStats().idealVideoHeight === 0);
    await sleep(2500);
    const atRest = frames.length;
    const soundAtRest = participant.measure('audio').packets;
    await sleep(1500);
    expect(frames.length - atRest).toBeLessThanOrEqual(1);
    expect(participant.measure('audio').packets).toBeGreaterThan(soundAtRest + 50);

    participant.channel.constrainVideo(720);
    await until(() => frames.length > atRest + 1);
    expect(frames[atRest + 1]!.keyframe || frames[atRest]!.keyframe).toBe(true);
    expect(heights).toEqual([null, 360, 0, 720]);
  });

  it('opens for a message, carries text both ways, and closes with the call', async () => {
    await using stage = await openStage();
    const { call, participant } = stage;
    const heard: string[] = [];
    let over = false;
    call.messages$.subscribe({ next: (text) => heard.push(text), complete: () => (over = true) });
    const wish = receiverVideoConstraints({ endpoints: { '7a3f9c1e': { maxHeight: 360 } } });
    await call.sendMessage(wish);
    await until(() => participant.channel.messages.length > 0);
    expect(participant.channel.messages).toEqual([wish]);
    participant.channel.send('{"colibriClass":"DebugMessage","message":"hello"}');
    await until(() => heard.length > 0);
    expect(heard).toEqual(['{"colibriClass":"DebugMessage","message":"hello"}']);
    await expect(call.sendMessage('x'.repeat(70_000))).rejects.toMatchObject({ code: 'ERR_OPTION', path: 'text' });
    await call.close();
    expect(over).toBe(true);
    await expect(call.sendMessage('too late')).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
  });

  it('opens anew when the call connects anew', async () => {
    await using stage = await openStage({ client: { dataChannel: true } });
    const { call, conference, participant } = stage;
    await until(() => participant.channel.state === 'open');
    await participant.leave();
    await until(() => call.status !== 'connected');
    await call.connect(await conference.join(call.joinPayload));
    const again = conference.participants.at(-1)!;
    await until(() => again.channel.state === 'open');
    await call.sendMessage('again');
    await until(() => again.channel.messages.includes('again'));
  });

  it('is left alone when it is not to be opened', async () => {
    await using stage = await openStage({ client: { dataChannel: false } });
    const { call, participant } = stage;
    await call.play(fromFile(clip, SMALL));
    await until(() => participant.measure('video').packets > 10);
    await expect(call.sendMessage('hello')).rejects.toMatchObject({ code: 'ERR_CALL_STATE' });
    expect(participant.channel.state).toBe('connecting');
  });
});
