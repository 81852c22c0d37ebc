import type { Depacketizer } from '../../src/media/depacketizer.ts';
import type { Packetizer } from '../../src/media/packetizer.ts';

export interface Payload {
  readonly payload: Uint8Array;
  /** Set on the last packet of a frame, as an RTP sender does. */
  readonly marker: boolean;
}

/** The payloads of a frame, each written into the middle of a larger buffer as a sender would. */
export function packetize(packetizer: Packetizer, frame: Uint8Array): Payload[] {
  const count = packetizer.begin(frame);
  return Array.from({ length: count }, (_, index) => {
    const offset = 28;
    const out = new Uint8Array(offset + frame.length + 100).fill(0xaa);
    const length = packetizer.write(index, out, offset);
    if (out.some((byte, at) => byte !== 0xaa && (at < offset || at >= offset + length))) {
      throw new Error('the packetizer wrote outside of the payload');
    }
    return { payload: out.slice(offset, offset + length), marker: index === count - 1 };
  });
}

/** The frames that come out of payloads. */
export function depacketize(depacketizer: Depacketizer, payloads: readonly Payload[]): Uint8Array[] {
  return payloads.flatMap(({ payload, marker }) => depacketizer.push(payload, marker) ?? []);
}
