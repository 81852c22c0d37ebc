import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerKeyframeRequests } from '../../src/operators/answer-keyframe-requests.ts';
import { pace } from '../../src/operators/pace.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { createTransport } from '../../src/webrtc/create-transport.ts';
import { createMediaFolder, type MediaFolder } from '../e2e/stage.ts';
import { findPart, requires } from '../requires.ts';
import { flashAndBeep } from '../sources/flash-and-beep.ts';
import { CHROMIUM_ARGS } from '../testing/page/chromium-args.ts';
import { remoteOf } from './browser-answer.ts';
import { LOOPBACK, seededRandom } from './transport-pair.ts';
import { offerOf, OFFERED_TRACK } from './video-offer.ts';

/** As much of the browser's types as the page's part needs. */
interface PageConnection {
  onicecandidate: (event: { readonly candidate: object | null }) => void;
  readonly localDescription: { readonly sdp: string };
  setRemoteDescription(description: { readonly type: string; readonly sdp: string }): Promise<void>;
  setLocalDescription(): Promise<void>;
  getStats(): Promise<Map<string, { readonly type: string }>>;
}
interface PageScope {
  RTCPeerConnection: new () => PageConnection;
  connection: PageConnection;
}
interface InboundVideo {
  readonly framesDecoded: number;
  readonly retransmittedPacketsReceived?: number;
  readonly nackCount: number;
  readonly pliCount: number;
}

/** Sequence numbers begin below half of their range: so many packets take them over the wrap, wherever that was. */
const ONCE_AROUND = 0x10000;

describe.runIf(requires('chromium'))('Chromium', () => {
  let browser: Browser;
  let page: Page;
  let media: MediaFolder;
  let clip: string;
  beforeAll(async () => {
    media = createMediaFolder();
    clip = media.make('clip.mp4', ...flashAndBeep(60), '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac');
    browser = await chromium.launch({ executablePath: findPart('chromium')!, args: [...CHROMIUM_ARGS] });
    page = await browser.newPage();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    media[Symbol.dispose]();
  });

  it.each(['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const)(
    'decodes what we send by %s: after the wrap, with a twentieth lost and sent again, and the keyframe that it asks for',
    async (profile) => {
      const impair = { lossRate: 0, traffic: 'media', direction: 'send', random: seededRandom(5) } as const;
      const lossy: { lossRate: number } = impair;
      const us = await createTransport({ ...LOOPBACK, iceRole: 'controlling', srtpProfiles: [profile], impair });
      const track = us.createTrack(OFFERED_TRACK);
      const { sdp } = await page.evaluate(answerOffer, offerOf(us.localParameters));
      await us.connect(remoteOf(sdp));
      expect(us.getStats().srtpProfile).toBe(profile);

      for (let sent = 0; sent < ONCE_AROUND; sent += 128) {
        for (let i = 0; i < 128; i++) track.sendPadding();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      lossy.lossRate = 0.05;
      let pictures = 0;
      const source = fromFile(clip, { video: true, videoWidth: 320, videoHeight: 240, outputArgs: ['-g', '900'] });
      const playing = source.pipe(pace(), answerKeyframeRequests(track.keyframeRequests$)).subscribe((sample) => {
        // The first ones are kept from it, the keyframe among them: it has to ask.
        if (sample.kind === 'video' && ++pictures > 5) track.write(sample);
      });
      const stats = (): Promise<InboundVideo> => page.evaluate(readInboundVideo);
      await expect.poll(async () => (await stats()).framesDecoded, { timeout: 20_000 }).toBeGreaterThan(60);
      await expect
        .poll(async () => (await stats()).retransmittedPacketsReceived ?? 0, { timeout: 20_000 })
        .toBeGreaterThan(3);
      const { pliCount, nackCount } = await stats();
      expect(pliCount).toBeGreaterThan(0);
      expect(nackCount).toBeGreaterThan(0);
      expect(track.getStats().pliCount).toBeGreaterThan(0);
      expect(track.getStats().retransmittedPackets).toBeGreaterThan(3);
      expect(us.getStats().packetsRejected).toBe(0);
      playing.unsubscribe();
      await us.close();
    },
    90_000,
  );
});

/** Runs in the page. */
async function answerOffer(sdp: string): Promise<{ sdp: string }> {
  const scope = globalThis as unknown as PageScope;
  const connection = new scope.RTCPeerConnection();
  scope.connection = connection;
  await connection.setRemoteDescription({ type: 'offer', sdp });
  await connection.setLocalDescription();
  await new Promise<void>((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (!candidate) resolve();
    };
  });
  return { sdp: connection.localDescription.sdp };
}

/** Runs in the page. */
async function readInboundVideo(): Promise<InboundVideo> {
  const { connection } = globalThis as unknown as PageScope;
  const all = [...(await connection.getStats()).values()];
  return all.find(({ type }) => type === 'inbound-rtp') as unknown as InboundVideo;
}
