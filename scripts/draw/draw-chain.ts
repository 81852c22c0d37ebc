import { box, path, picture, text } from './svg.ts';

/** What each part of the chain does, in two words. */
const CAPTIONS: Readonly<Record<string, string>> = {
  source: 'opens and reads',
  pace: 'when each leaves',
  pauseGate: 'stops time',
  mute: 'silence, on time',
  keepalive: 'fills gaps',
  sink: 'sends',
};
const WIDTH = 118;
const GAP = 26;
const Y = 44;

/** The chain as a guide writes it: `source ─► pace ─► … ─► sink`. */
export function chainOf(guide: string): string[] {
  const line = guide.split('\n').find((it) => it.startsWith('source ─►'));
  if (line === undefined) throw new Error('The guide has no line that begins with "source ─►".');
  return line.split('─►').map((part) => part.trim());
}

/** Draws a chain, the way of the samples and, below, the way back: who holds samples stops the source. */
export function drawChain(parts: readonly string[]): string {
  const x = (index: number): number => 20 + index * (WIDTH + GAP);
  const boxes = parts.flatMap((part, index) => {
    const caption = CAPTIONS[part];
    if (caption === undefined) throw new Error(`There is no caption for ${part}.`);
    return [
      box(x(index), Y, WIDTH, 54),
      text(x(index) + WIDTH / 2, Y + 24, part, { anchor: 'middle', weight: 'bold', mono: true }),
      text(x(index) + WIDTH / 2, Y + 42, caption, { anchor: 'middle', size: 12 }),
      ...(index > 0 ? [path(`M${x(index) - GAP} ${Y + 27}H${x(index) - 2}`, { tip: true })] : []),
    ];
  });
  const middle = (part: string): number => x(parts.indexOf(part)) + WIDTH / 2;
  const back = (part: string, y: number): string =>
    path(`M${middle(part)} ${Y + 56}V${y}H${middle('source')}V${Y + 58}`, { tip: true, dashed: true });
  return picture(x(parts.length) - GAP + 20, 170, `The chain: ${parts.join(', ')}`, [
    text(20, 26, 'Sample', { size: 13 }),
    text(x(2), 26, 'PacedSample: with the time when it is due', { size: 13 }),
    ...boxes,
    back('pace', 118),
    back('pauseGate', 136),
    text(middle('source') + 10, 156, 'full, or frozen: the segment tells the source to read no further', { size: 13 }),
  ]);
}
