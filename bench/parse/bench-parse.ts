import { chosen, type BenchOptions } from '../bench-options.ts';
import { median, row, type Row } from '../report.ts';
import { createParsers } from './parsers.ts';

/** CPU per packet (of Ogg and RTP), per frame (of IVF) and per payload (of VP8); medians. */
export async function benchParse(options: BenchOptions): Promise<Row[]> {
  const { runs, packets } = options;
  const parsers = chosen(createParsers(), options, ({ impl }) => impl);
  for (const { parse } of parsers) parse(packets / 5);
  const figures = parsers.map((): number[] => []);
  for (let i = 0; i < runs; i++) {
    for (const [index, { parse }] of parsers.entries()) {
      const before = process.cpuUsage();
      const parsed = parse(packets);
      const { user, system } = process.cpuUsage(before);
      figures[index]!.push((user + system) / parsed);
    }
  }
  return parsers.map(({ impl, bytes }, index) => row({ impl, bytes, cpuUsPerPacket: median(figures[index]!) }));
}
