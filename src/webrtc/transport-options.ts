import type { Logger } from '../core/logger.ts';
import type { MediaClock } from '../core/media-clock.ts';
import type { DtlsCertificate } from './certificate.ts';
import type { VideoBitrateBounds } from './congestion/congestion-controller.ts';
import type { SocketPool } from './socket-pool.ts';
import type { DtlsRole, IceParameters, IceRole, SrtpProfile } from './types.ts';

/** Version of the Internet Protocol. */
export type IpFamily = 'ipv4' | 'ipv6';

/** Says whether an address of this machine may become a candidate. `name` is the interface's, as the system calls it. */
export type InterfaceFilter = (name: string, address: string) => boolean;

/** A STUN or TURN server. */
export interface IceServer {
  /** `stun:host[:port]`, `turn:host[:port][?transport=udp|tcp]` or `turns:host[:port]`; several are tried at once. */
  urls: string | readonly string[];
  /** TURN only (RFC 8489, section 9.2: long-term credentials). */
  username?: string | undefined;
  credential?: string | undefined;
  /** Certificate authorities to trust over TLS, in PEM. Default: Node's. */
  ca?: string | undefined;
}

/** How long things take in ICE. All in milliseconds. */
export interface IceTimings {
  /**
   * Pause between learning the remote parameters and the first check; a check from the peer ends it. Telegram's server
   * takes 150 to 200 ms to learn our credentials. Default 250 in the controlled role, 0 in the controlling one.
   */
  preCheckDelayMs?: number | undefined;
  /** Pace of first checks, one pair each. Default 20. */
  checkPaceMs?: number | undefined;
  /** Silence after which a connected transport is `disconnected`. Default 10 000. */
  disconnectedAfterMs?: number | undefined;
  /** Further silence after which it is `failed`. Default 30 000. */
  failedAfterMs?: number | undefined;
  /**
   * How often it is looked whether anything left on the selected pair since the last look, and if not, something is sent, to
   * keep bindings of NATs. Default 2000.
   */
  keepaliveMs?: number | undefined;
  /** Mean interval of consent checks (RFC 7675); each is drawn from 80 to 120 % of it. Default 5000. */
  consentMs?: number | undefined;
}

/** Ways to depart from a full agent's behavior: what a conference server may do. For tests and simulators. */
export interface IceBehavior {
  /** Answers checks and never sends any, nor judges roles (ICE-lite). Default false. */
  lite?: boolean | undefined;
  /** `false`: in the controlling role, never sends USE-CANDIDATE. Default true. */
  nominate?: boolean | undefined;
  /** Does not know the peer's credentials until this long after `connect`. Default 0. */
  registerAfterMs?: number | undefined;
  /** What a check gets until then: nothing, or an error response 401. Default `'silence'`. */
  unregisteredAnswer?: 'silence' | 'error-401' | undefined;
  /** Answers this many checks with 487 (Role Conflict), whatever role they claim. `Infinity` for all. Default 0. */
  roleConflicts?: number | undefined;
}

/**
 * Faults put between the sockets and everything above them. May be changed at any time. A datagram is judged once in each
 * direction.
 */
export interface Impairment {
  /** Share of datagrams that vanish, 0 to 1. */
  lossRate?: number | undefined;
  delayMs?: number | undefined;
  /** Added to the delay, uniformly from 0 to this; more than the spacing of datagrams reorders them. */
  jitterMs?: number | undefined;
  /** A bottleneck: datagrams leave one after the other at so many kbit/s, each way. Default: no limit. */
  rateKbps?: number | undefined;
  /** How long a datagram may wait for its turn at the bottleneck; what would wait longer is lost. Default 500. */
  queueMs?: number | undefined;
  /** Which way it works. Default `'both'`. */
  direction?: 'send' | 'receive' | 'both' | undefined;
  /** Which datagrams it concerns. Default `'all'`. */
  traffic?: 'all' | 'stun' | 'dtls' | 'media' | undefined;
  /** Source of chance, 0 to 1; give a seeded one to repeat a run. Default `Math.random`. */
  random?: (() => number) | undefined;
}

/** How {@link createTransport} makes a transport. */
export interface TransportOptions {
  /** Default `'controlled'`: the peer decides which path is used, as Telegram's servers do. */
  iceRole?: IceRole | undefined;
  /** Default `'server'`: the peer opens the handshake. */
  dtlsRole?: DtlsRole | undefined;
  /** ICE credentials, to keep those already signaled when an attempt is repeated. Default: new ones. */
  credentials?: IceParameters | undefined;
  /** From {@link createCertificate}; to keep one already signaled, or to share one. Default: a new one. */
  certificate?: DtlsCertificate | undefined;
  /** SRTP profiles, best first. Default AES-GCM, then AES-CM with HMAC-SHA1-80. */
  srtpProfiles?: readonly SrtpProfile[] | undefined;
  /** Exactly these local addresses instead of those of the interfaces, as in `['127.0.0.1']`. */
  addresses?: readonly string[] | undefined;
  /** Default both. */
  families?: readonly IpFamily[] | undefined;
  /** Default {@link isPhysicalInterface}: skips virtual machines', containers' and VPNs' interfaces. */
  interfaceFilter?: InterfaceFilter | undefined;
  /** Local UDP ports to choose from, both ends included. Default: the system chooses. */
  portRange?: readonly [first: number, last: number] | undefined;
  /**
   * Servers that tell our address as the Internet sees it (STUN, RFC 8489), or lend us one of theirs (TURN, RFC 8656).
   * Default none; no server is ever asked that is not named here.
   */
  iceServers?: readonly IceServer[] | undefined;
  /** `'relay'`: only by way of TURN servers, so that the peer never sees an address of ours. Default `'all'`. */
  iceTransportPolicy?: 'all' | 'relay' | undefined;
  /**
   * Also connects by TCP to candidates of the peer that allow it (RFC 6544, active). For networks that let no UDP pass;
   * media over TCP stalls where packets are lost. Default false.
   */
  tcp?: boolean | undefined;
  /** How long `createTransport` waits for the servers. One that answers later is used nevertheless. Default 3000. */
  gatherTimeoutMs?: number | undefined;
  /**
   * From {@link createSocketPool}: UDP sockets to share with other transports. They are then chosen in `connect`, so no
   * host candidate is known before: for peers that need none, as Telegram's servers. `portRange` and `receiveBufferBytes`
   * are the pool's. Default: sockets of its own.
   */
  socketPool?: SocketPool | undefined;
  /** Size of each socket's receive buffer in bytes. Default: the system's. */
  receiveBufferBytes?: number | undefined;
  /** How long `connect` tries. Default 10 000. */
  connectTimeoutMs?: number | undefined;
  /** How long the DTLS handshake may take once ICE has a path. Default 10 000. */
  dtlsTimeoutMs?: number | undefined;
  iceTimings?: IceTimings | undefined;
  iceBehavior?: IceBehavior | undefined;
  impair?: Impairment | undefined;
  /** Between which bitrates video is kept when the path does not carry all of it. Default 500 to 1800 kbit/s. */
  videoBitrate?: VideoBitrateBounds | undefined;
  /** Clock of the samples that tracks will get. Default {@link processClock}. */
  clock?: MediaClock | undefined;
  /** Origin of RTP time on `clock`, in microseconds. Default: when the transport is made. */
  epochUs?: number | undefined;
  logger?: Logger | undefined;
}
