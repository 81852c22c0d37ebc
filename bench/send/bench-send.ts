import type { SrtpProfile } from '../../src/webrtc/types.ts';
import { chosen, type BenchOptions } from '../bench-options.ts';
import { measureInTurns } from '../measure-in-turns.ts';
import type { Row } from '../report.ts';
import { sibling } from '../sibling.ts';

const PROFILES: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];
/** An Opus packet of 64 kbit/s, and a full packet of video. */
const PAYLOAD_BYTES = [160, 1100];

/**
 * CPU per packet, user and system, of everything between a payload and the kernel. They are sent as fast as they can be:
 * what the receiver is too slow for is lost.
 */
export async function benchSend(options: BenchOptions): Promise<Row[]> {
  const { runs, packets } = options;
  const rows: Row[] = [];
  for (const bytes of PAYLOAD_BYTES) {
    for (const profile of PROFILES) {
      // A bare datagram is the same under each.
      const bare = profile === PROFILES[0] ? ['dgram'] : [];
      rows.push(
        ...(await measureInTurns({
          script: sibling(import.meta.url, 'measure'),
          impls: chosen(['rxcall', 'werift', 'node-datachannel', ...bare], options),
          n: 1,
          args: [profile, String(bytes), String(packets)],
          runs,
          timeoutMs: 120_000,
        })),
      );
    }
  }
  return rows;
}
