import { lookup } from 'node:dns/promises';
import { TransportError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { isLoopbackIp } from '../ice/ip-address.ts';
import type { Endpoint } from '../ice/stun-format.ts';
import type { IceServer, IpFamily, TransportOptions } from '../transport-options.ts';
import type { UdpSocket } from '../udp-socket.ts';
import { parseIceServers, type ServerAddress } from './ice-server-url.ts';
import { openRelayChannel, type RelayChannel } from './relay-channel.ts';
import { ServerRequests } from './server-requests.ts';
import { decodeTurn, type TurnAttributes } from './turn-message.ts';

export interface ServerGathererOptions {
  options: TransportOptions;
  /** The sockets to ask from what they are known by outside. */
  sockets: readonly UdpSocket[];
  onReflexive: (socket: UdpSocket, mapped: Endpoint) => void;
  /** There is a relayed address. Returns where to deliver what comes in there. */
  onRelay: (relay: RelayChannel, relayed: Endpoint) => (data: Buffer, ip: string, port: number) => void;
  /** Something may be due sooner than {@link ServerGatherer.tick} said. */
  onWake: () => void;
  logger: Logger;
}

/** A question to a STUN server, asked from one of our sockets. */
interface ReflexiveQuery {
  readonly socket: UdpSocket;
  readonly server: Endpoint;
  readonly requests: ServerRequests;
}

/** Asks STUN and TURN servers for addresses, and keeps those they lend. */
export class ServerGatherer {
  readonly #options: ServerGathererOptions;
  readonly #queries: ReflexiveQuery[] = [];
  readonly #relays = new Set<RelayChannel>();
  /** Lets go of who waits: when it is closed, no answer comes any more. */
  readonly #over: PromiseWithResolvers<PromiseSettledResult<void>[]> = Promise.withResolvers();
  #closed: Promise<void> | undefined;

  constructor(options: ServerGathererOptions) {
    this.#options = options;
  }

  /** Asks all servers at once; resolves with what failed when each has answered or failed, or it is closed. Never rejects. */
  async gather(): Promise<Error[]> {
    const jobs = parseIceServers(this.#options.options.iceServers ?? []).map(async ({ server, address }) => {
      const serverIp = await this.#resolve(address);
      if (this.#closed) return;
      if (address.service === 'turn') await this.#allocate(server, address, serverIp);
      else await this.#askReflexive(address, serverIp);
    });
    const results = await Promise.race([Promise.allSettled(jobs), this.#over.promise]);
    return results.filter((result) => result.status === 'rejected').map((result) => result.reason as Error);
  }

  /** Takes a datagram if it is a STUN server's answer to one of our sockets. */
  handle(socket: UdpSocket, datagram: Buffer, ip: string, port: number): boolean {
    if (this.#queries.length === 0) return false;
    const queries = this.#queries.filter(({ server }) => server.port === port && server.ip === ip);
    const message = queries.length > 0 ? decodeTurn(datagram) : undefined;
    return message !== undefined && queries.some((query) => query.socket === socket && isAnswer(query, message));
  }

  /** Does what is due at that time of `performance.now()`. Returns when to call again. */
  tick(nowMs: number): number {
    const askers = [...this.#queries.map(({ requests }) => requests), ...this.#relays];
    return Math.min(Infinity, ...askers.map((asker) => asker.tick(nowMs)));
  }

  /** Idempotent; gives back what was lent. */
  close(): Promise<void> {
    this.#queries.length = 0;
    this.#over.resolve([]);
    this.#closed ??= Promise.all([...this.#relays].map((relay) => relay.close())).then(() => {});
    return this.#closed;
  }

  async #resolve({ host, url }: ServerAddress): Promise<string> {
    const { families = ['ipv4', 'ipv6'] } = this.#options.options;
    try {
      const found = await lookup(host, { all: true });
      const usable = found.find(({ family }) => families.includes(family === 4 ? 'ipv4' : 'ipv6'));
      if (usable) return usable.address;
    } catch (cause) {
      const message = `ICE server ${url}: its name cannot be resolved (${(cause as Error).message}).`;
      throw new TransportError('ERR_ICE_FAILED', message, { cause, retryable: true });
    }
    throw new TransportError(
      'ERR_ICE_FAILED',
      `ICE server ${url} has no address of a family that \`families\` allows.`,
    );
  }

  async #askReflexive({ port }: ServerAddress, ip: string): Promise<void> {
    const isFamily = (socket: UdpSocket): boolean => socket.ip.includes(':') === ip.includes(':');
    const canReach = (socket: UdpSocket): boolean => isFamily(socket) && isLoopbackIp(socket.ip) === isLoopbackIp(ip);
    await Promise.all(
      this.#options.sockets.filter(canReach).map(
        (socket) =>
          new Promise<void>((resolve, reject) => {
            const requests = new ServerRequests({
              reliable: false,
              send: (bytes) => socket.send(bytes, 0, bytes.length, port, ip),
            });
            const query: ReflexiveQuery = { socket, server: { ip, port }, requests };
            this.#queries.push(query);
            const end = (): unknown => this.#queries.splice(this.#queries.indexOf(query), 1);
            const onSuccess = ({ mappedAddress }: TurnAttributes): void => {
              end();
              if (mappedAddress) this.#options.onReflexive(socket, mappedAddress);
              resolve();
            };
            const onFailure = (error: Error): void => {
              end();
              reject(error);
            };
            requests.request('binding', {}, { onSuccess, onFailure }, performance.now());
            this.#options.onWake();
          }),
      ),
    );
  }

  #allocate(server: IceServer, address: ServerAddress, serverIp: string): Promise<void> {
    const { options, onRelay, onWake, logger } = this.#options;
    return new Promise((resolve, reject) => {
      let deliver: ((data: Buffer, ip: string, port: number) => void) | undefined;
      let relay: RelayChannel | undefined;
      const opening = openRelayChannel({
        server,
        address,
        serverIp,
        localIp: options.addresses?.find((ip) => ip.includes(':') === serverIp.includes(':')),
        family: onlyFamily(options),
        onAllocated: (relayed) => {
          if (!relay || this.#closed) return;
          logger.debug({ url: address.url, relayed }, 'relayed address');
          deliver = onRelay(relay, relayed);
          resolve();
        },
        onData: (data, ip, port) => deliver?.(data, ip, port),
        onLost: (error) => {
          if (relay) this.#relays.delete(relay);
          if (deliver) logger.warn({ url: address.url, error: error.message }, 'lost the relayed address');
          reject(error);
        },
        onWake,
        logger,
      });
      opening.then((opened) => {
        relay = opened;
        if (this.#closed) void opened.close();
        else this.#relays.add(opened);
      }, reject);
    });
  }
}

function isAnswer({ requests }: ReflexiveQuery, message: NonNullable<ReturnType<typeof decodeTurn>>): boolean {
  return requests.handle(message, performance.now());
}

/** The one family that is allowed, unless it is IPv4, which servers lend unasked. */
function onlyFamily({ families }: TransportOptions): IpFamily | undefined {
  return families && !families.includes('ipv4') ? 'ipv6' : undefined;
}
