import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { PayloadError } from '../../src/core/errors.ts';
import { DEFAULT_OPUS, DEFAULT_VP8 } from '../../src/telegram/default-parameters.ts';
import { parseJoinAnswer, type JoinAnswer } from '../../src/telegram/parse-answer.ts';
import { sampleAnswer } from './answer-fixture.ts';

type RtcAnswer = Extract<JoinAnswer, { mode: 'rtc' }>;

function parseRtc(answer: object): RtcAnswer {
  const parsed = parseJoinAnswer(JSON.stringify(answer));
  if (parsed.mode !== 'rtc') throw new Error(`mode is ${parsed.mode}`);
  return parsed;
}

function failure(json: string): PayloadError {
  try {
    parseJoinAnswer(json);
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadError);
    return error as PayloadError;
  }
  throw new Error('nothing was thrown');
}

describe('parseJoinAnswer: the transport', () => {
  it('turns strings into numbers and normalizes the fingerprint', () => {
    const { remote, warnings } = parseRtc(sampleAnswer());
    expect(warnings).toEqual([]);
    expect(remote.ice).toEqual({ ufrag: '8f2ja1hq3cs0nd', pwd: '4kd0l1m9b2u8q6v7c5x3z1a0s9' });
    expect(remote.fingerprints).toEqual([{ algorithm: 'sha-256', value: Array(32).fill('3A').join(':') }]);
    expect(remote.candidates[1]).toEqual({
      foundation: '2',
      component: 1,
      protocol: 'udp',
      priority: 2130706430,
      ip: '2001:db8::5',
      port: 32001,
      type: 'host',
      tcpType: undefined,
    });
  });

  it('reads numbers in candidates like strings, fills in what is missing and takes `local` for `host`', () => {
    const answer = sampleAnswer();
    answer.transport.candidates = [
      { ip: '192.0.2.5', port: 32001, component: 1, foundation: 7, priority: 99, type: 'local', protocol: 'UDP' },
      { ip: '192.0.2.6', port: 32002 },
      { ip: '192.0.2.7', port: '443', protocol: 'tcp', tcptype: 'passive' },
    ];
    const [first, second, third] = parseRtc(answer).remote.candidates;
    expect(first).toMatchObject({ port: 32001, foundation: '7', priority: 99, type: 'host', protocol: 'udp' });
    expect(second).toMatchObject({ port: 32002, foundation: '1', priority: 2130706431, type: 'host', protocol: 'udp' });
    expect(third).toMatchObject({ port: 443, protocol: 'tcp', tcpType: 'passive' });
  });

  it('skips a malformed candidate and says which and why', () => {
    const answer = sampleAnswer();
    answer.transport.candidates[0]!['port'] = 'x';
    answer.transport.candidates.push({ ip: 'host.example', port: '1' }, { port: '1' });
    const { remote, warnings } = parseRtc(answer);
    expect(remote.candidates.map(({ ip }) => ip)).toEqual(['2001:db8::5']);
    expect(warnings.map(({ path }) => path)).toEqual([
      'transport.candidates[0].port',
      'transport.candidates[2].ip',
      'transport.candidates[3].ip',
    ]);
  });

  it('accepts an answer without candidates', () => {
    const { candidates: _, ...transport } = sampleAnswer().transport;
    expect(parseRtc({ transport }).remote.candidates).toEqual([]);
  });

  it.each<[string, (answer: ReturnType<typeof sampleAnswer>) => void]>([
    ['transport', (answer) => Object.assign(answer, { transport: undefined })],
    ['transport', (answer) => Object.assign(answer, { transport: [] })],
    ['transport.ufrag', (answer) => delete answer.transport['ufrag']],
    ['transport.ufrag', (answer) => (answer.transport['ufrag'] = '')],
    ['transport.pwd', (answer) => (answer.transport['pwd'] = 17)],
    ['transport.fingerprints', (answer) => (answer.transport.fingerprints = [])],
    ['transport.fingerprints', (answer) => Object.assign(answer.transport, { fingerprints: {} })],
    ['transport.fingerprints[0].hash', (answer) => delete answer.transport.fingerprints[0]!['hash']],
    ['transport.fingerprints[0].fingerprint', (answer) => (answer.transport.fingerprints[0]!['fingerprint'] = 'AB:CD')],
    ['transport.candidates', (answer) => Object.assign(answer.transport, { candidates: 'none' })],
    ['audio', (answer) => Object.assign(answer, { audio: true })],
    ['audio.payload-types[1].id', (answer) => Object.assign(answer.audio['payload-types'] as [], { 1: { name: 'x' } })],
    ['audio.rtp-hdrexts[0].uri', (answer) => (answer.audio['rtp-hdrexts'] = [{ id: 1 }])],
    ['video.payload-types[0].id', (answer) => (answer.video['payload-types'] = [{ id: 128, name: 'VP8' }])],
    ['video.server_sources[0]', (answer) => (answer.video['server_sources'] = [2 ** 33])],
  ])('names %s when it is malformed', (path, damage) => {
    const answer = sampleAnswer();
    damage(answer);
    const error = failure(JSON.stringify(answer));
    expect(error.path).toBe(path);
    expect(error.code).toBe('ERR_PAYLOAD');
  });
});

describe('parseJoinAnswer: audio and video', () => {
  it('takes payload types and extension ids from the answer', () => {
    const { audio, video } = parseRtc(sampleAnswer());
    expect(audio).toMatchObject({ codec: 'opus', payloadType: 109, clockRate: 48000 });
    expect(audio.headerExtensions.map(({ id }) => id)).toEqual([5, 6]);
    expect(video.vp8).toMatchObject({ payloadType: 96, rtxPayloadType: 97, clockRate: 90000 });
    expect(video.vp8?.headerExtensions).toEqual([{ id: 13, uri: 'urn:3gpp:video-orientation' }]);
    expect(video.endpoint).toBe('7a3f9c1e');
    expect(video.serverSources).toEqual([2775693455]);
  });

  it('prefers the H.264 that may be cut into fragments', () => {
    expect(parseRtc(sampleAnswer()).video.h264).toMatchObject({ payloadType: 104, rtxPayloadType: 105 });
  });

  it('falls back to the defaults when the blocks are absent or empty', () => {
    const { transport } = sampleAnswer();
    for (const answer of [
      { transport },
      { transport, audio: {}, video: {} },
      { transport, audio: null, video: null },
    ]) {
      const { audio, video } = parseRtc(answer);
      expect(audio).toEqual(DEFAULT_OPUS);
      expect(video).toMatchObject({ vp8: DEFAULT_VP8, serverSources: [] });
      expect(video.h264).toBeUndefined();
    }
    expect(DEFAULT_OPUS.headerExtensions.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(DEFAULT_VP8.headerExtensions.map(({ id }) => id)).toEqual([2, 3, 13]);
  });

  it('offers no VP8 when the server lists other codecs only', () => {
    const answer = sampleAnswer();
    answer.video['payload-types'] = [{ id: 104, name: 'H264' }];
    const { video } = parseRtc(answer);
    expect(video.vp8).toBeUndefined();
    expect(video.h264).toMatchObject({ payloadType: 104, rtxPayloadType: undefined });
  });

  it('ignores keys it does not know, at every level', () => {
    const answer = sampleAnswer();
    const strange = { 'x-new': { deep: [1, null, 'a'] } };
    Object.assign(answer, strange);
    Object.assign(answer.transport, strange);
    Object.assign(answer.transport.fingerprints[0]!, strange);
    Object.assign(answer.transport.candidates[0]!, strange);
    Object.assign(answer.video, strange);
    expect(parseRtc(answer)).toEqual(parseRtc(sampleAnswer()));
  });
});

describe('parseJoinAnswer: the mode', () => {
  it.each([
    ['{"stream": true}', 'stream'],
    ['{"stream": true, "rtmp": true}', 'rtmp'],
    ['{"rtmp": 1}', 'rtmp'],
    ['{"stream": {}, "transport": {}}', 'stream'],
  ])('%s is %s', (json, mode) => {
    expect(parseJoinAnswer(json)).toEqual({ mode });
  });

  it('is rtc when the flags say no', () => {
    expect(parseRtc({ ...sampleAnswer(), stream: false, rtmp: null }).mode).toBe('rtc');
  });

  it('narrows the answer', () => {
    expectTypeOf(parseRtc).returns.toHaveProperty('remote');
    expectTypeOf<Extract<JoinAnswer, { mode: 'stream' }>>().not.toHaveProperty('remote');
  });
});

describe('parseJoinAnswer: text that is no answer', () => {
  it('names the position where the JSON is cut, and shows none of it', () => {
    const json = JSON.stringify(sampleAnswer());
    for (let length = 0; length < json.length; length++) {
      const error = failure(json.slice(0, length));
      expect(error.path).toBe('$');
      expect(error.message).toMatch(/position \d+ of \d+/);
      expect(error.message).not.toContain('4kd0');
    }
  });

  it.each(['null', '[]', '17', '"x"'])('refuses %s at $', (json) => {
    expect(failure(json).path).toBe('$');
  });

  it.each([
    ['nonsense', /^Answer JSON: \$ is not valid JSON \(8 characters\)\.$|at position \d of 8\.$/],
    [{ updates: [] }, /^Answer JSON: \$ must be a text of JSON, not object; findJoinAnswer\(\) /],
    [undefined, /must be a text of JSON, not undefined/],
  ])('says what is wrong with %j', (answer, message) => {
    expect(() => parseJoinAnswer(answer as string)).toThrow(PayloadError);
    expect(() => parseJoinAnswer(answer as string)).toThrow(message);
  });

  it('refuses an object without a transport', () => {
    const error = failure('{}');
    expect(error.path).toBe('transport');
    expect(error.message).toMatch(/is missing/);
  });

  it('throws nothing but PayloadError, whatever the JSON', () => {
    const keys = ['transport', 'audio', 'video', 'stream', 'candidates', 'fingerprints', 'payload-types', '__proto__'];
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.array(tie('value')), tie('object')),
      object: fc.dictionary(fc.constantFrom(...keys), tie('value')),
    })).object;
    const check = (text: string): void => {
      try {
        parseJoinAnswer(text);
      } catch (error) {
        expect(error).toBeInstanceOf(PayloadError);
      }
    };
    fc.assert(fc.property(json, (value) => check(JSON.stringify(value))));
    fc.assert(fc.property(fc.string(), check));
  });

  it('throws nothing but PayloadError when any one value of a good answer is replaced', () => {
    const pointers = (value: unknown, path: string[] = []): string[][] =>
      typeof value === 'object' && value !== null
        ? [path, ...Object.entries(value).flatMap(([key, child]) => pointers(child, [...path, key]))]
        : [path];
    const places = pointers(sampleAnswer()).filter((path) => path.length > 0);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 2 }), (path, replacement) => {
        const answer = sampleAnswer();
        const holder = path
          .slice(0, -1)
          .reduce<Record<string, unknown>>((at, key) => at[key] as never, answer as never);
        holder[path.at(-1)!] = replacement;
        try {
          parseJoinAnswer(JSON.stringify(answer));
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
