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
const COLORS = ['#0a7', '#06c', '#d50', '#84c', '#777'];
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
  const grid = ticks.map((part) => {
    const y = minY + part * (maxY - minY);
    return `<path d="M${LEFT} ${up(y)}H${WIDTH - RIGHT}" stroke="#ddd"/>${text(LEFT - 8, up(y) + 4, label(y), 'end')}`;
  });
  const below = ticks.map((part) => text(right(part * maxX), HEIGHT - BOTTOM + 18, label(part * maxX), 'middle'));
  const lines = [...new Set(points.map(({ impl }) => impl))].map((impl, index) => {
    const color = COLORS[index % COLORS.length]!;
    const own = points.filter((point) => point.impl === impl).toSorted((a, b) => a.x - b.x);
    const path = own.map(({ x, y }) => `${right(x).toFixed(1)},${up(y).toFixed(1)}`).join(' ');
    const dots = own.map(({ x, y }) => `<circle cx="${right(x).toFixed(1)}" cy="${up(y).toFixed(1)}" r="3"/>`).join('');
    const key = `<rect x="${WIDTH - RIGHT + 16}" y="${TOP + index * 22}" width="12" height="12"/>`;
    const name = text(WIDTH - RIGHT + 34, TOP + 11 + index * 22, impl, 'start');
    return `<g fill="${color}"><polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots}${key}</g>${name}`;
  });

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${text(LEFT, 22, title, 'start')}
${[...grid, ...below, ...lines].join('\n')}
${text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, over, 'middle')}
</svg>
`;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="#333">${escaped}</text>`;
}

function label(value: number): string {
  return String(Number(value.toPrecision(3)));
}
