import { describe, expect, it } from 'vitest';
import type { TransportError } from '../../../src/core/errors.ts';
import { TurnAllocation } from '../../../src/webrtc/turn/turn-allocation.ts';
import {
  decodeTurn,
  encodeTurn,
  type ReceivedTurnMessage,
  type TurnAttributes,
} from '../../../src/webrtc/turn/turn-message.ts';

const RELAYED = { ip: '192.0.2.15', port: 50_000 };
const PEER = { ip: '198.51.100.7', port: 9999 };

/** An allocation in virtual time, and what a server would see of it. The server asks for no credentials. */
function setUp() {
  const sent: Buffer[] = [];
  const received: string[] = [];
  const lost: TransportError[] = [];
  let nowMs = 0;
  const allocation = new TurnAllocation({
    reliable: false,
    send: (bytes) => sent.push(bytes),
    onAllocated: ({ ip, port }) => received.push(`allocated ${ip}:${port}`),
    onData: (data, ip, port) => received.push(`${data.toString()} from ${ip}:${port}`),
    onLost: (error) => lost.push(error),
  });
  const requests = () =>
    sent.map(decodeTurn).filter((message) => message?.class === 'request') as ReceivedTurnMessage[];
  const answer = (request: ReceivedTurnMessage, attributes: TurnAttributes) => {
    const { method, transactionId } = request;
    const messageClass = attributes.errorCode === undefined ? 'success' : 'error';
    allocation.handle(encodeTurn({ ...attributes, method, transactionId, class: messageClass }), nowMs);
  };
  return {
    allocation,
    sent,
    received,
    lost,
    requests,
    answer,
    answerLast: (attributes: TurnAttributes) => answer(requests().at(-1)!, attributes),
    allocate() {
      allocation.start(nowMs);
      answer(requests().at(-1)!, { relayedAddress: RELAYED, lifetime: 600 });
      sent.length = 0;
    },
    send: (text: string) => allocation.send(Buffer.from(text), PEER.ip, PEER.port, nowMs),
    run(forMs: number) {
      const endMs = nowMs + forMs;
      for (;;) {
        const nextMs = allocation.tick(nowMs);
        if (nextMs > endMs) break;
        if (nextMs <= nowMs) throw new Error('it wants to be woken now');
        nowMs = nextMs;
      }
      nowMs = endMs;
    },
  };
}

describe('a TURN allocation', () => {
  it('is asked for again and again, and given up when nobody answers (RFC 8489, 6.2.1)', () => {
    const { allocation, run, requests, lost } = setUp();
    allocation.start(0);
    run(39_000);
    expect(requests().map(({ method }) => method)).toEqual(Array.from({ length: 7 }, () => 'allocate'));
    expect(new Set(requests().map(({ transactionId }) => transactionId.toString('hex'))).size).toBe(1);
    expect(lost).toEqual([]);
    run(1000);
    expect(lost).toMatchObject([{ code: 'ERR_ICE_FAILED', retryable: true }]);
  });

  it('binds a channel to whom it sends, holds what comes before, and then sends nothing but channel data', () => {
    const { allocate, send, sent, answerLast, requests } = setUp();
    allocate();
    send('one');
    send('two');
    expect(requests()).toMatchObject([{ method: 'channelBind', channelNumber: 0x4000, peerAddress: PEER }]);
    expect(sent).toHaveLength(1);
    answerLast({});
    send('three');
    expect(sent.slice(1).map((bytes) => bytes.toString('latin1'))).toEqual(
      ['one', 'two', 'three'].map((text) => `@\0\0${String.fromCharCode(text.length)}${text}`),
    );
  });

  it('hands out what comes from peers, by channel or by indication', () => {
    const { allocation, allocate, send, answerLast, received } = setUp();
    allocate();
    send('x');
    answerLast({});
    allocation.handle(Buffer.from('\x40\0\0\x02hi'), 0);
    allocation.handle(Buffer.from('\x40\x01\0\x02no'), 0);
    allocation.handle(Buffer.from('\x40\0\0\x09short'), 0);
    const data = Buffer.from('hello');
    const transactionId = Buffer.alloc(12);
    const peerAddress = { ip: '203.0.113.1', port: 1 };
    allocation.handle(encodeTurn({ method: 'data', class: 'indication', transactionId, data, peerAddress }), 0);
    expect(received).toEqual(['allocated 192.0.2.15:50000', 'hi from 198.51.100.7:9999', 'hello from 203.0.113.1:1']);
  });

  it('renews itself before it ends, and its channels before their permissions end', () => {
    const { allocate, send, run, requests, answer, lost } = setUp();
    allocate();
    send('x');
    const seen = new Set<ReceivedTurnMessage>();
    const times: [string, number][] = [];
    for (let second = 0; second < 1200; second++) {
      for (const request of requests().slice(seen.size)) {
        seen.add(request);
        times.push([request.method, second]);
        answer(request, { lifetime: 600 });
      }
      send('x');
      run(1000);
    }
    expect(times.filter(([method]) => method === 'refresh').map(([, second]) => second)).toEqual([540, 1080]);
    const binds = times.filter(([method]) => method === 'channelBind').map(([, second]) => second);
    expect(binds).toEqual([0, 240, 480, 720, 960]);
    expect(lost).toEqual([]);
  });

  it('is lost when the server forgot it', () => {
    const { allocate, run, answerLast, lost, sent, send } = setUp();
    allocate();
    run(541_000);
    answerLast({ errorCode: 437 });
    expect(lost).toMatchObject([{ code: 'ERR_ICE_FAILED', status: 437, retryable: false }]);
    sent.length = 0;
    send('x');
    run(1_000_000);
    expect(sent).toEqual([]);
  });

  it('asks no more for a peer that the server forbids; for one refused otherwise after a while', () => {
    for (const [errorCode, expected] of [
      [403, 1],
      [500, 2],
    ] as const) {
      const { allocate, run, send, requests, answerLast } = setUp();
      allocate();
      send('x');
      answerLast({ errorCode });
      send('x');
      run(6000);
      send('x');
      expect(requests().filter(({ method }) => method === 'channelBind')).toHaveLength(expected);
    }
  });

  it('keeps the way to the server open, and gives the address back at the end', () => {
    const { allocation, allocate, run, sent } = setUp();
    allocate();
    run(60_500);
    expect(sent.map((bytes) => decodeTurn(bytes)!.class)).toEqual(Array.from({ length: 4 }, () => 'indication'));
    allocation.close(60_500);
    expect(decodeTurn(sent.at(-1)!)).toMatchObject({ method: 'refresh', lifetime: 0 });
    expect(allocation.tick(60_500)).toBe(Infinity);
  });
});
