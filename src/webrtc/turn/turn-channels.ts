import type { Logger } from '../../core/logger.ts';
import { endpoint } from '../ice/candidate-pair.ts';
import { padding, type Endpoint } from '../ice/stun-format.ts';
import type { ServerRequests } from './server-requests.ts';

export interface TurnChannelsOptions {
  requests: ServerRequests;
  /** Messages are filled up to a multiple of four bytes, as over TCP (RFC 8656, section 12.5). */
  padded: boolean;
  send: (bytes: Buffer) => void;
  logger: Logger;
}

interface Channel {
  readonly number: number;
  readonly peer: Endpoint;
  state: 'binding' | 'bound' | 'refused';
  /** What was sent while it was being bound. */
  readonly waiting: Buffer[];
  usedMs: number;
  /** When it is bound anew, or, after a refusal, may be tried again. */
  renewMs: number;
}

/** RFC 8656, section 12: the numbers there are. */
const FIRST_NUMBER = 0x4000;
const LAST_NUMBER = 0x4fff;
const HEADER_LENGTH = 4;
const MAX_WAITING = 8;
/** The permission that comes with a channel ends after 5 minutes (RFC 8656, section 9). */
const RENEW_MS = 240_000;
const RETRY_MS = 5000;
const FORBIDDEN = 403;

/** The channels of an allocation (RFC 8656, section 12): one for each peer that something is sent to. */
export class TurnChannels {
  readonly #options: TurnChannelsOptions;
  readonly #byPeer = new Map<string, Channel>();
  readonly #byNumber = new Map<number, Channel>();

  constructor(options: TurnChannelsOptions) {
    this.#options = options;
  }

  /** Sends a copy of the datagram, once there is a channel. */
  send(data: Buffer, ip: string, port: number, nowMs: number): void {
    const channel = this.#byPeer.get(`${ip} ${port}`) ?? this.#open({ ip, port }, nowMs);
    if (!channel) return;
    channel.usedMs = nowMs;
    if (channel.state === 'bound') this.#options.send(this.#frame(channel.number, data));
    else if (channel.state === 'binding') {
      if (channel.waiting.length < MAX_WAITING) channel.waiting.push(this.#frame(channel.number, data));
    } else if (nowMs >= channel.renewMs) this.#bind(channel, nowMs);
  }

  /** The datagram in channel data, and who sent it; undefined for anything else. */
  read(bytes: Buffer): { readonly data: Buffer; readonly peer: Endpoint } | undefined {
    if (bytes.length < HEADER_LENGTH) return undefined;
    const channel = this.#byNumber.get(bytes.readUInt16BE(0));
    const length = bytes.readUInt16BE(2);
    if (!channel || HEADER_LENGTH + length > bytes.length) return undefined;
    return { data: bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + length), peer: channel.peer };
  }

  /** Renews the channels that are in use. Returns when to call again. */
  tick(nowMs: number): number {
    let nextMs = Infinity;
    for (const channel of this.#byNumber.values()) {
      if (channel.state !== 'bound') continue;
      if (nowMs >= channel.renewMs) {
        // One that is not used lapses, and is bound again when it is.
        if (nowMs - channel.usedMs >= RENEW_MS) {
          Object.assign(channel, { state: 'refused', renewMs: nowMs });
          continue;
        }
        this.#bind(channel, nowMs);
      }
      nextMs = Math.min(nextMs, channel.renewMs);
    }
    return nextMs;
  }

  #open(peer: Endpoint, nowMs: number): Channel | undefined {
    const number = FIRST_NUMBER + this.#byNumber.size;
    if (number > LAST_NUMBER) return undefined;
    const channel: Channel = { number, peer, state: 'binding', waiting: [], usedMs: nowMs, renewMs: Infinity };
    this.#byPeer.set(`${peer.ip} ${peer.port}`, channel);
    this.#byNumber.set(number, channel);
    this.#bind(channel, nowMs);
    return channel;
  }

  #bind(channel: Channel, nowMs: number): void {
    const { number: channelNumber, peer: peerAddress } = channel;
    if (channel.state === 'refused') channel.state = 'binding';
    channel.renewMs = nowMs + RENEW_MS;
    const onSuccess = (): void => {
      channel.state = 'bound';
      for (const frame of channel.waiting.splice(0)) this.#options.send(frame);
    };
    const onFailure = (error: Error & { readonly status?: number | undefined }): void => {
      channel.state = 'refused';
      channel.waiting.length = 0;
      channel.renewMs = error.status === FORBIDDEN ? Infinity : nowMs + RETRY_MS;
      this.#options.logger.debug({ peer: endpoint(peerAddress), error: error.message }, 'no channel to this peer');
    };
    this.#options.requests.request('channelBind', { channelNumber, peerAddress }, { onSuccess, onFailure }, nowMs);
  }

  #frame(number: number, data: Buffer): Buffer {
    const filler = this.#options.padded ? padding(data.length) : 0;
    const frame = Buffer.allocUnsafe(HEADER_LENGTH + data.length + filler).fill(0, HEADER_LENGTH + data.length);
    frame.writeUInt16BE(number, 0);
    frame.writeUInt16BE(data.length, 2);
    data.copy(frame, HEADER_LENGTH);
    return frame;
  }
}
