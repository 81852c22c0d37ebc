import { describe, expect, it } from 'vitest';
import { RxcallError, type PayloadError } from '../../../src/core/errors.ts';
import { createJoinPayload } from '../../../src/telegram/join-payload.ts';
import { parseJoinAnswer } from '../../../src/telegram/parse-answer.ts';
import { createAnswerJson } from '../../../src/testing/conference/answer-json.ts';
import { parseJoinRequest } from '../../../src/testing/conference/join-request.ts';
import type { LocalParameters } from '../../../src/webrtc/types.ts';

const local: LocalParameters = {
  ice: { ufrag: 'abcd', pwd: 'abcdefghijklmnopqrstuv' },
  candidates: [
    { foundation: '1', component: 1, protocol: 'udp', priority: 99, ip: '127.0.0.1', port: 4321, type: 'host' },
  ],
  fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('0A').join(':') }],
  dtlsRole: 'server',
};

describe('the answer of the conference', () => {
  it('is understood by the parser, and has strings where Telegram has them', () => {
    const json = createAnswerJson({ ...local, dtlsRole: 'client' }, {}, 'cafe', 2 ** 31 - 1);
    const answer = parseJoinAnswer(json);
    expect(answer).toMatchObject({
      mode: 'rtc',
      remote: { ice: local.ice, fingerprints: local.fingerprints },
      audio: { payloadType: 111 },
      video: { vp8: { payloadType: 100, rtxPayloadType: 101 }, h264: { payloadType: 104 }, endpoint: 'cafe' },
      warnings: [],
    });
    const raw = JSON.parse(json);
    expect(raw.transport.fingerprints[0].setup).toBe('active');
    expect(Object.values(raw.transport.candidates[0]).every((value) => typeof value === 'string')).toBe(true);
  });

  it('takes the shape it is told to take', () => {
    const shape = {
      payloadTypes: { opus: 96, vp8: 98 },
      extensionIds: { audioLevel: 7, transportSequence: 9 },
      numbersInCandidates: true,
      wrongFingerprint: true,
    };
    const json = createAnswerJson(local, shape, 'cafe', 1);
    const answer = parseJoinAnswer(json);
    if (answer.mode !== 'rtc') throw new Error(answer.mode);
    expect(answer.audio.payloadType).toBe(96);
    expect(answer.audio.headerExtensions.map(({ id }) => id)).toEqual([7, 2, 9]);
    expect(answer.video.vp8).toMatchObject({ payloadType: 98, rtxPayloadType: 99 });
    expect(answer.remote.fingerprints[0]!.value).toMatch(/^F5:0A:/);
    expect(JSON.parse(json).transport.candidates[0]).toMatchObject({ port: 4321, priority: 99 });
  });

  it('can lack the media blocks', () => {
    expect(Object.keys(JSON.parse(createAnswerJson(local, { withoutMedia: true }, '', 1)))).toEqual(['transport']);
  });
});

describe('the join request', () => {
  const ssrcs = { audio: 10, video: 11, rtx: 12 };

  it('is read as it is written', () => {
    expect(parseJoinRequest(createJoinPayload({ ssrcs, local }))).toEqual({
      audioSsrc: 10,
      video: [{ ssrc: 11, rtxSsrc: 12 }],
      ice: local.ice,
      fingerprints: local.fingerprints,
      dtlsRole: 'server',
    });
    expect(parseJoinRequest(createJoinPayload({ ssrcs, local, video: false })).video).toEqual([]);
  });

  it('takes a negative SSRC for an unsigned one', () => {
    const payload = { ...JSON.parse(createJoinPayload({ ssrcs, local })), ssrc: -1 };
    expect(parseJoinRequest(JSON.stringify(payload)).audioSsrc).toBe(2 ** 32 - 1);
  });

  it.each([
    ['ssrc', { ssrc: 2 ** 31 }],
    ['ssrc', { ssrc: 0 }],
    ['ssrc-groups[0].sources[0]', { 'ssrc-groups': [{ semantics: 'FID', sources: [2 ** 32 - 1, 2] }] }],
    ['fingerprints', { fingerprints: [] }],
    ['ufrag', { ufrag: undefined }],
  ])('is refused for a bad %s', (path, change) => {
    const payload = JSON.stringify({ ...JSON.parse(createJoinPayload({ ssrcs, local })), ...change });
    try {
      parseJoinRequest(payload);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(RxcallError);
      expect((error as RxcallError).message).toMatch(/^Join payload: /);
      expect(((error as RxcallError).cause as PayloadError).path).toBe(path);
    }
  });
});
