import { columnsOf, shown, type Row } from '../report.ts';

/** Markdown of the columns in which anything was measured. */
export function table(rows: readonly Row[]): string {
  const columns = columnsOf(rows);
  const lines = [columns, columns.map((key) => (key === 'impl' || key === 'profile' ? '---' : '---:'))];
  const cells = rows.map((line) => columns.map((key) => shown(line[key])));
  return `${[...lines, ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}
