import type { SrtpProfile } from '../../src/webrtc/types.ts';
import { chosen, type BenchOptions } from '../bench-options.ts';
import { median, row, type Row } from '../report.ts';
import { runChild } from '../run-child.ts';
import { sibling } from '../sibling.ts';

const IMPLEMENTATIONS = ['rxcall', 'werift', 'node-datachannel', 'dgram'] as const;
const PROFILES: readonly SrtpProfile[] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];
/** An Opus packet of 64 kbit/s, and a full packet of video. */
const PAYLOAD_BYTES = [160, 1100];

/**
 * CPU per packet, user and system, of everything between a payload and the kernel; medians. Each measurement has a fresh
 * process, so that no garbage of one burdens the next; they take turns, so that a slow minute of the machine hits all.
 */
export async function benchSend(options: BenchOptions): Promise<Row[]> {
  const { runs, packets } = options;
  const results = new Map<string, { line: Pick<Row, 'impl' | 'profile' | 'bytes'>; values: number[] }>();
  for (let i = 0; i < runs; i++) {
    for (const bytes of PAYLOAD_BYTES) {
      for (const profile of PROFILES) {
        for (const impl of chosen(IMPLEMENTATIONS, options)) {
          if (impl === 'dgram' && profile !== PROFILES[0]) continue;
          const value = await measure(impl, profile, bytes, packets);
          const line = { impl, profile: impl === 'dgram' ? null : profile, bytes };
          const key = JSON.stringify(line);
          const result = results.get(key) ?? { line, values: [] };
          if (value !== null) result.values.push(value);
          results.set(key, result);
        }
      }
    }
  }
  return [...results.values()].map(({ line, values }) =>
    row({ ...line, cpuUsPerPacket: values.length > 0 ? median(values) : null }),
  );
}

/** Null for what cannot be measured here: a library that is not installed, a profile that it does not have. */
async function measure(impl: string, profile: SrtpProfile, bytes: number, packets: number): Promise<number | null> {
  const args = [impl, profile, String(bytes), String(packets)];
  const result = await runChild(sibling(import.meta.url, 'measure'), args, 120_000);
  if (result === null) return null;
  const { cpuUsPerPacket, received, rejected } = result as Record<string, number>;
  console.error(
    `${impl} ${profile} ${bytes} B: ${cpuUsPerPacket!.toFixed(2)} µs, ${received} arrived, ${rejected} refused`,
  );
  return cpuUsPerPacket!;
}
