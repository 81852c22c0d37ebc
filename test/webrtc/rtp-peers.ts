import { randomBytes } from 'node:crypto';
import { silentLogger } from '../../src/core/logger.ts';
import type { ClockTask, MediaClock } from '../../src/core/media-clock.ts';
import type { PacedSample } from '../../src/core/sample.ts';
import type { SrtpKeys } from '../../src/webrtc/dtls/srtp-keys.ts';
import { createRtpSession, type PacketPath, type RtpSession } from '../../src/webrtc/rtp-session.ts';
import { SRTP_SALT_BYTES } from '../../src/webrtc/srtp/srtp-keys.ts';
import {
  ABS_SEND_TIME_URI,
  AUDIO_LEVEL_URI,
  TRANSPORT_SEQUENCE_URI,
  type ReceivedRtp,
  type SrtpProfile,
  type TrackOptions,
} from '../../src/webrtc/types.ts';

/** A clock that stands still until it is told to go on. */
export class ManualClock implements MediaClock {
  #nowUs = 1_000_000_000;
  readonly #armed = new Map<ClockTask, number>();

  nowUs(): number {
    return this.#nowUs;
  }

  arm(task: ClockTask, dueUs: number): void {
    this.#armed.set(task, dueUs);
  }

  disarm(task: ClockTask): void {
    this.#armed.delete(task);
  }

  get armed(): number {
    return this.#armed.size;
  }

  advance(us: number): void {
    const until = this.#nowUs + us;
    for (;;) {
      const [next] = [...this.#armed].filter(([, dueUs]) => dueUs <= until).sort((a, b) => a[1] - b[1]);
      if (!next) break;
      this.#armed.delete(next[0]);
      this.#nowUs = Math.max(this.#nowUs, next[1]);
      next[0].run();
    }
    this.#nowUs = until;
  }
}

export function keyPair(profile: SrtpProfile): { ours: SrtpKeys; theirs: SrtpKeys } {
  const [localKey, remoteKey] = [randomBytes(16), randomBytes(16)];
  const saltBytes = SRTP_SALT_BYTES[profile];
  const [localSalt, remoteSalt] = [randomBytes(saltBytes), randomBytes(saltBytes)];
  return {
    ours: { profile, localKey, localSalt, remoteKey, remoteSalt },
    theirs: { profile, localKey: remoteKey, localSalt: remoteSalt, remoteKey: localKey, remoteSalt: localSalt },
  };
}

/** What a test keeps of a received packet: the packet itself is only valid while it is handed over. */
export interface KeptRtp extends Omit<ReceivedRtp, 'payload' | 'extension'> {
  readonly payload: Buffer;
  readonly extensions: ReadonlyMap<number, Buffer>;
}

export function keep(packet: ReceivedRtp): KeptRtp {
  const { ssrc, payloadType, sequenceNumber, timestamp, marker, padding, arrivalMs } = packet;
  const extensions = new Map<number, Buffer>();
  for (let id = 1; id <= 14; id++) {
    const value = packet.extension(id);
    if (value) extensions.set(id, Buffer.from(value));
  }
  const payload = Buffer.from(packet.payload);
  return { ssrc, payloadType, sequenceNumber, timestamp, marker, padding, arrivalMs, payload, extensions };
}

export interface Peers {
  readonly clock: ManualClock;
  readonly us: RtpSession;
  readonly them: RtpSession;
  /** What arrived at the other side. */
  readonly received: KeptRtp[];
  /** Every datagram that we sent, as it was on the wire. */
  readonly wire: Buffer[];
  /** Decides what gets through to the other side; all does by default. */
  deliver: (datagram: Buffer) => boolean;
  /** Gives both new keys. */
  start(): void;
}

/** Two sessions that hand each other their packets at once. */
export function createPeers(profile: SrtpProfile = 'AEAD_AES_128_GCM'): Peers {
  const clock = new ManualClock();
  const received: KeptRtp[] = [];
  const wire: Buffer[] = [];
  const copy = (packet: Buffer, length: number): Buffer => Buffer.from(packet.subarray(0, length));
  const us = createRtpSession({ clock, logger: silentLogger });
  const them = createRtpSession({ clock, logger: silentLogger });
  const toThem: PacketPath = {
    send(packet, length) {
      const datagram = copy(packet, length);
      wire.push(Buffer.from(datagram));
      if (peers.deliver(datagram)) them.receive(datagram, clock.nowUs() / 1000);
    },
  };
  const toUs: PacketPath = {
    send: (packet, length) => us.receive(copy(packet, length), clock.nowUs() / 1000),
  };
  them.onRtp = (packet) => received.push(keep(packet));
  const peers: Peers = {
    clock,
    us,
    them,
    received,
    wire,
    deliver: () => true,
    start() {
      const keys = keyPair(profile);
      us.start(keys.ours, toThem);
      them.start(keys.theirs, toUs);
    },
  };
  return peers;
}

export const AUDIO: TrackOptions = {
  kind: 'audio',
  ssrc: 0x11111111,
  cname: 'somebody',
  parameters: {
    codec: 'opus',
    payloadType: 111,
    clockRate: 48_000,
    headerExtensions: [
      { id: 1, uri: AUDIO_LEVEL_URI },
      { id: 2, uri: ABS_SEND_TIME_URI },
      { id: 3, uri: TRANSPORT_SEQUENCE_URI },
    ],
  },
};

export const OPUS_SOUND: Buffer = Buffer.concat([Buffer.of(0xfc), Buffer.alloc(100, 0x5a)]);

/** An Opus sample of 20 ms that is due at `dueUs`. */
export function opusSample(dueUs: number, data: Uint8Array = OPUS_SOUND): PacedSample {
  return { kind: 'audio', codec: 'opus', data, ptsUs: dueUs, durationUs: 20_000, keyframe: true, dueUs };
}
