import { IceAgent } from '../../../src/webrtc/ice/ice-agent.ts';
import type { IceAgentOptions, IceState } from '../../../src/webrtc/ice/ice-agent-options.ts';
import { hostCandidate, relayedCandidate } from '../../../src/webrtc/ice/host-candidates.ts';
import { createIceCredentials } from '../../../src/webrtc/ice/ice-credentials.ts';
import { decodeStun, type ReceivedStunMessage } from '../../../src/webrtc/ice/stun-message.ts';
import type { RemoteParameters } from '../../../src/webrtc/types.ts';

export interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly sentMs: number;
  readonly message: ReceivedStunMessage;
  readonly bytes: Buffer;
}

export interface Peer {
  readonly agent: IceAgent;
  readonly parameters: RemoteParameters;
  /** Every state with its time. */
  readonly states: [atMs: number, state: IceState][];
  /** Every selected pair, as `local>remote`. */
  readonly selected: string[];
  /** What it sent. */
  readonly sent: Datagram[];
  start(remote: Peer, overrides?: Partial<RemoteParameters>): void;
}

type Filter = (datagram: Datagram) => boolean;

/** A network of agents in virtual time. */
export class VirtualNetwork {
  nowMs = 0;
  latencyMs = 10;
  /** Which datagrams get through. */
  passes: Filter = () => true;
  readonly #peers: Peer[] = [];
  readonly #sockets = new Map<string, { peer: Peer; local: number }>();
  #inFlight: { arrivesMs: number; deliver: () => void }[] = [];
  #nextPort = 1000;

  /** An agent with one socket on each address. Those among `relayed` are addresses on a TURN server. */
  addPeer(ips: readonly string[], options: Partial<IceAgentOptions> = {}, relayed: readonly string[] = []): Peer {
    const credentials = options.credentials ?? createIceCredentials();
    const states: Peer['states'] = [];
    const selected: string[] = [];
    const sent: Datagram[] = [];
    const candidates = ips.map((ip, index) =>
      relayed.includes(ip)
        ? relayedCandidate({ ip, port: this.#nextPort++ }, index)
        : hostCandidate(ip, this.#nextPort++, index),
    );
    const agent = new IceAgent({
      role: 'controlled',
      credentials,
      random: () => 0.5,
      ...options,
      send: (local, bytes, port, ip) => {
        const from = candidates[local]!;
        this.#send(sent, from.ip, from.port, bytes, ip, port);
      },
      onState: (state) => {
        states.push([this.nowMs, state]);
        options.onState?.(state);
      },
      onSelected: (pair) => selected.push(`${pair.localCandidate.ip}>${pair.remote.ip}`),
    });
    const parameters: RemoteParameters = { ice: credentials, candidates, fingerprints: [] };
    const start = (remote: Peer, overrides?: Partial<RemoteParameters>): void => {
      agent.start({ ...remote.parameters, ...overrides }, this.nowMs);
    };
    const peer: Peer = { agent, parameters, states, selected, sent, start };
    this.#peers.push(peer);
    candidates.forEach((candidate) => {
      const local = agent.addLocal(candidate, this.nowMs);
      this.#sockets.set(`${candidate.ip} ${candidate.port}`, { peer, local });
    });
    return peer;
  }

  /** Lets time pass. */
  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    for (;;) {
      const wakes = this.#peers.map((peer) => peer.agent.tick(this.nowMs));
      const nextMs = Math.min(...wakes, ...this.#inFlight.map((one) => one.arrivesMs));
      if (nextMs <= this.nowMs && wakes.includes(nextMs))
        throw new Error(`an agent wants to be woken now, at ${this.nowMs}`);
      if (nextMs > endMs) break;
      this.nowMs = Math.max(nextMs, this.nowMs);
      const due = this.#inFlight.filter((one) => one.arrivesMs <= this.nowMs);
      this.#inFlight = this.#inFlight.filter((one) => one.arrivesMs > this.nowMs);
      for (const one of due) one.deliver();
    }
    this.nowMs = endMs;
  }

  /** Delivers bytes from a made-up sender. */
  inject(to: Peer, bytes: Buffer, ip: string, port: number, local = 0): void {
    to.agent.handleDatagram(local, bytes, ip, port, this.nowMs);
  }

  #send(sent: Datagram[], fromIp: string, fromPort: number, bytes: Buffer, ip: string, port: number): void {
    const message = decodeStun(bytes);
    if (!message) throw new Error('an agent sent what is not STUN');
    const datagram = { from: fromIp, to: ip, sentMs: this.nowMs, message, bytes };
    sent.push(datagram);
    if (!this.passes(datagram)) return;
    const deliver = (): void => {
      const socket = this.#sockets.get(`${ip} ${port}`);
      socket?.peer.agent.handleDatagram(socket.local, bytes, fromIp, fromPort, this.nowMs);
    };
    this.#inFlight.push({ arrivesMs: this.nowMs + this.latencyMs, deliver });
  }
}
