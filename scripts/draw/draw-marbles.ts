import ts from 'typescript';
import { AUDIO, circle, INK, OTHER, PALE, path, picture, text, VIDEO } from './svg.ts';

const STEP = 26;
const ROW = 46;
const TOP = 30;
const LEFT = 16;
const CHARACTER = 8.5;

interface Row {
  readonly name: string;
  /** When it is subscribed to, in characters. */
  readonly offset: number;
  readonly marbles: string;
  readonly note: string;
}

/** The marble diagram in the doc block of each exported function of a source file, by its name. */
export function diagramsOf(source: string): Map<string, string> {
  const file = ts.createSourceFile('operator.ts', source, ts.ScriptTarget.Latest, true);
  const found = new Map<string, string>();
  for (const statement of file.statements) {
    if (!ts.isFunctionDeclaration(statement) || !statement.name) continue;
    const doc = ts.getJSDocCommentsAndTags(statement).find(ts.isJSDoc)?.getText(file) ?? '';
    const diagram = /```text\n([^`]*)```/.exec(doc)?.[1];
    if (diagram && /^ *\* result /m.test(diagram)) found.set(statement.name.text, diagram.replace(/^ *\* ?/gm, ''));
  }
  return found;
}

/** Draws a marble diagram: rows of a name and marbles, the operator between, a note beside each. */
export function drawMarbles(name: string, diagram: string): string {
  const lines = diagram.split('\n').filter((line) => line.trim() !== '');
  const origin = Math.min(...lines.filter((line) => !line.startsWith(' ')).map((line) => columnOf(line)));
  const rows = lines.map((line) => (line.startsWith(' ') ? line.trim() : parseRow(line, origin)));
  const named = rows.filter((row): row is Row => typeof row !== 'string');
  const nameWidth = Math.max(...named.map((row) => row.name.length)) * CHARACTER + 20;
  const begin = LEFT + nameWidth;
  const lineWidth = Math.max(
    ...named.map((row) => (row.offset + row.marbles.length + 1) * STEP),
    ...rows.map((row) => (typeof row === 'string' ? row.length * CHARACTER + 24 : 0)),
  );
  const noteWidth = Math.max(...named.map((row) => row.note.length)) * 7.3;
  const width = Math.ceil(begin + lineWidth + noteWidth + LEFT);
  const parts = rows.flatMap((row, index) => {
    const y = TOP + index * ROW;
    return typeof row === 'string' ? drawOperator(row, begin, y, lineWidth) : drawRow(row, begin, y, lineWidth);
  });
  return picture(width, TOP + (rows.length - 1) * ROW + 30, `Marble diagram of ${name}`, parts);
}

function parseRow(line: string, origin: number): Row {
  const [, name = '', marbles = '', note = ''] = /^(\S+)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
  return { name, marbles, note, offset: columnOf(line) - origin };
}

/** Where the marbles of a row begin. */
function columnOf(line: string): number {
  return /^\S+\s+/.exec(line)?.[0].length ?? 0;
}

function drawOperator(call: string, x: number, y: number, width: number): string[] {
  const height = 30;
  return [
    `<rect x="${x}" y="${y - height / 2}" width="${width}" height="${height}" rx="6" fill="#f1f5f9" stroke="${INK}"/>`,
    text(x + width / 2, y + 5, call, { anchor: 'middle', mono: true, weight: 'bold' }),
  ];
}

function drawRow({ name, marbles, note, offset }: Row, x: number, y: number, width: number): string[] {
  const at = (index: number): number => x + STEP / 2 + (offset + index) * STEP;
  const isVideo = (mark: string): boolean => mark >= 'A' && mark <= 'Z';
  const isControl = name.endsWith('$') && !/[A-Z]/.test(marbles) && /^[-tfr0-9|#^]+$/.test(marbles);
  const parts = [
    text(LEFT, y + 5, name, { mono: true }),
    path(`M${x + offset * STEP} ${y}H${x + width - 6}`, { tip: true }),
    ...groupsOf(marbles).map(([from, to]) => drawGroup(at(from), at(to), y)),
  ];
  for (const [index, mark] of marbles.split('').entries()) {
    const here = at(index);
    if (mark === '|') parts.push(path(`M${here} ${y - 12}V${y + 12}`, { color: INK, width: 2.5 }));
    else if (mark === '#')
      parts.push(path(`M${here - 8} ${y - 8}l16 16m0 -16l-16 16`, { color: '#dc2626', width: 2.5 }));
    else if (mark === '^') parts.push(path(`M${here} ${y + 12}V${y - 10}`, { color: INK, width: 2, tip: true }));
    else if (/[a-zA-Z0-9]/.test(mark)) {
      const color = isControl ? OTHER : isVideo(mark) ? VIDEO : mark === 's' ? '#94a3b8' : AUDIO;
      parts.push(
        circle(here, y, 11, color),
        text(here, y + 4.5, mark, { anchor: 'middle', size: 13, color: '#ffffff' }),
      );
    }
  }
  return note === '' ? parts : [...parts, text(x + width + 4, y + 5, note, { size: 13, color: PALE })];
}

/** First and last index of what happens at once. */
function groupsOf(marbles: string): [number, number][] {
  return [...marbles.matchAll(/\(([^)]*)\)/g)].map((group) => [group.index, group.index + group[0].length - 1]);
}

function drawGroup(from: number, to: number, y: number): string {
  const x = from - STEP / 2 + 4;
  return `<rect x="${x}" y="${y - 16}" width="${to + STEP / 2 - 4 - x}" height="32" rx="16" fill="#ffffff" stroke="${PALE}" stroke-dasharray="3 3"/>`;
}
