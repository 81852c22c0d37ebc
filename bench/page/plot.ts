import { AUDIO, circle, OTHER, PALE, path, picture, text, VIDEO } from '../../scripts/draw/svg.ts';
import type { Row } from '../report.ts';

export interface Plot {
  title: string;
  /** What runs to the right. */
  over: keyof Row;
  /** What goes up; a line for each implementation. */
  figure: keyof Row;
  rows: readonly Row[];
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 168;
const TOP = 40;
const BOTTOM = 48;
const COLORS = [OTHER, AUDIO, VIDEO, '#7c3aed', PALE];
const SIZE = 12;
const TICKS = 4;

/** An SVG of one figure, both axes linear. The vertical one begins at 0, or below where there is something below. */
export function plot({ title, over, figure, rows }: Plot): string {
  const points = rows.flatMap(({ impl, [over]: x, [figure]: y }) =>
    typeof x === 'number' && typeof y === 'number' ? [{ impl, x, y }] : [],
  );
  const maxX = Math.max(1, ...points.map(({ x }) => x));
  const minY = Math.min(0, ...points.map(({ y }) => y));
  const maxY = Math.max(minY + 1, ...points.map(({ y }) => y));
  const right = (x: number): number => LEFT + (x / maxX) * (WIDTH - LEFT - RIGHT);
  const up = (y: number): number => HEIGHT - BOTTOM - ((y - minY) / (maxY - minY)) * (HEIGHT - TOP - BOTTOM);

  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => i / TICKS);
  const grid = ticks.flatMap((part) => {
    const y = minY + part * (maxY - minY);
    return [
      path(`M${LEFT} ${up(y)}H${WIDTH - RIGHT}`, { color: '#dddddd', width: 1 }),
      text(LEFT - 8, up(y) + 4, label(y), { size: SIZE, anchor: 'end' }),
      text(right(part * maxX), HEIGHT - BOTTOM + 18, label(part * maxX), { size: SIZE, anchor: 'middle' }),
    ];
  });
  const lines = [...new Set(points.map(({ impl }) => impl))].flatMap((impl, index) => {
    const color = COLORS[index % COLORS.length]!;
    const own = points
      .filter((point) => point.impl === impl)
      .toSorted((a, b) => a.x - b.x)
      .map(({ x, y }) => [right(x).toFixed(1), up(y).toFixed(1)] as const);
    const y = TOP + 6 + index * 22;
    return [
      path(`M${own.join('L')}`, { color, width: 2 }),
      ...own.map(([x, y]) => circle(Number(x), Number(y), 3, color)),
      circle(WIDTH - RIGHT + 22, y, 6, color),
      text(WIDTH - RIGHT + 34, y + 5, impl, { size: SIZE }),
    ];
  });
  const axis = text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, over, { size: SIZE, anchor: 'middle' });
  return picture(WIDTH, HEIGHT, title, [text(LEFT, 22, title), ...grid, ...lines, axis]);
}

function label(value: number): string {
  return String(Number(value.toPrecision(3)));
}
