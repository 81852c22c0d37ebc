/**
 * Draws the pictures of the guides from the code: the states of a call (also as a diagram of Mermaid), the chain, the
 * marbles of every operator.
 *
 *     npm run draw
 *
 * A test fails when one is not what the code says.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CALLS_GUIDE, guideWithStates } from './mermaid-states.ts';
import { drawPictures, PICTURES_FOLDER } from './pictures.ts';

rmSync(PICTURES_FOLDER, { recursive: true, force: true });
const pictures = drawPictures();
for (const [name, svg] of pictures) {
  const path = join(PICTURES_FOLDER, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, svg);
}
writeFileSync(CALLS_GUIDE, guideWithStates());
console.log(`${pictures.size} pictures drawn into ${PICTURES_FOLDER}`);
