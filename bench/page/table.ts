import type { Row } from '../report.ts';

/** Markdown of the columns in which anything was measured. */
export function table(rows: readonly Row[]): string {
  const columns = (Object.keys(rows[0] ?? {}) as (keyof Row)[]).filter((key) => rows.some((line) => line[key] != null));
  const lines = [columns, columns.map((key) => (key === 'impl' || key === 'profile' ? '---' : '---:'))];
  const cells = rows.map((line) => columns.map((key) => shown(line[key])));
  return `${[...lines, ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}

/** Three digits are more than repeats. */
function shown(value: string | number | null): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : (value ?? '');
}
