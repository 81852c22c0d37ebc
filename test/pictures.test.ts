import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectionTransitions } from '../scripts/draw/draw-call-states.ts';
import { diagramsOf, drawMarbles } from '../scripts/draw/draw-marbles.ts';
import { drawPictures, PICTURES_FOLDER } from '../scripts/draw/pictures.ts';

describe('the pictures of the guides', () => {
  const pictures = drawPictures();

  it('are all there, and no other ones', () => {
    const files = readdirSync(PICTURES_FOLDER, { recursive: true, encoding: 'utf8' });
    const drawn = files.map((name) => name.replaceAll('\\', '/')).filter((name) => name.endsWith('.svg'));
    expect(drawn.sort()).toEqual([...pictures.keys()].sort());
  });

  it.each([...pictures.keys()])('%s shows what the code says; `npm run draw` draws it anew', (name) => {
    expect(readFileSync(join(PICTURES_FOLDER, name), 'utf8')).toBe(pictures.get(name));
  });
});

describe('a picture of marbles', () => {
  const block = ['/**', ' * ```text', ' * x       a-b|', ' * later     (cd)#   fails', ' *        both(x)'];
  const source = [...block, ' * result  a-(bc)|', ' * ```', ' */', 'export function both() {}'].join('\n');

  it('changes with the diagram in the doc block', () => {
    const draw = (text: string): string => drawMarbles('both', diagramsOf(text).get('both')!);
    const before = draw(source);
    for (const [from, to] of [
      ['a-b|', 'a--b|'],
      ['fails', 'ends'],
      ['(cd)#', '(cd)|'],
      ['later     (', 'later      ('],
      ['both(x)', 'both(y)'],
    ] as const) {
      expect(draw(source.replace(from, to))).not.toBe(before);
    }
  });

  it('says nothing that could be taken for markup', () => {
    expect(drawMarbles('a', 'x  a|  a < b & c\n   f()\nresult  a|')).toContain('a &lt; b &amp; c');
  });
});

describe('the states of a connection', () => {
  it('are found by trying every event in every state', () => {
    const found = connectionTransitions().map((step) => step.join(' '));
    expect(found).toContain('new connect connecting');
    expect(found).toContain('disconnected connected connected');
    expect(found.filter((step) => step.startsWith('closed'))).toEqual([]);
  });
});
