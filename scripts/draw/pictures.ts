import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawCallStates } from './draw-call-states.ts';
import { chainOf, drawChain } from './draw-chain.ts';
import { diagramsOf, drawMarbles } from './draw-marbles.ts';

/** Where the pictures of the guides lie. */
export const PICTURES_FOLDER = 'docs/images';

/** Every picture that is drawn from the code, by its path below {@link PICTURES_FOLDER}. */
export function drawPictures(): Map<string, string> {
  const pictures = new Map([
    ['call-states.svg', drawCallStates()],
    ['chain.svg', drawChain(chainOf(readFileSync('docs/concepts.md', 'utf8')))],
  ]);
  const sources = readdirSync('src/operators').map((name) => readFileSync(join('src/operators', name), 'utf8'));
  for (const [name, diagram] of sources.flatMap((source) => [...diagramsOf(source)])) {
    pictures.set(`operators/${name}.svg`, drawMarbles(name, diagram));
  }
  return pictures;
}
