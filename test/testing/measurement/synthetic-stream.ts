import type { PacketRecord } from '../../../src/testing/measurement/packet-log.ts';

/** Opus packets of 20 ms, in order and on time, each changed as `change` says; null loses the packet. */
export function opusPackets(
  count: number,
  change: (packet: PacketRecord, index: number) => Partial<PacketRecord> | null = () => ({}),
): PacketRecord[] {
  const packets: PacketRecord[] = [];
  for (let index = 0; index < count; index++) {
    const packet: PacketRecord = {
      sequence: 65_000 + index,
      rtpTime: 4_294_000_000 + index * 960,
      arrivalMs: 1000 + index * 20,
      payloadType: 111,
      payloadBytes: 160,
      paddingBytes: 0,
      marker: index === 0,
      audioLevel: 0x94,
    };
    const changed = change(packet, index);
    if (changed) packets.push({ ...packet, ...changed });
  }
  return packets.sort((a, b) => a.arrivalMs - b.arrivalMs);
}
