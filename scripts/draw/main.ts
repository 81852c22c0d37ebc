/**
 * Draws the pictures of the guides from the code: the states of a call (also as a diagram of Mermaid), the chain, the
 * marbles of every operator.
 *
 *     npm run draw
 *
 * A test fails when one is not what the code says.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CALLS_GUIDE, guideWithStates } from './mermaid-states.ts';
import { drawPictures, PICTURES_FOLDER } from './pictures.ts';

// Of the folder only what is drawn: there are screenshots beside it.
for (const name of readdirSync(PICTURES_FOLDER, { recursive: true, encoding: 'utf8' })) {
  if (name.endsWith('.svg')) rmSync(join(PICTURES_FOLDER, name));
}
const pictures = drawPictures();
for (const [name, svg] of pictures) {
  const path = join(PICTURES_FOLDER, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, svg);
}
writeFileSync(CALLS_GUIDE, guideWithStates());
console.log(`${pictures.size} pictures drawn into ${PICTURES_FOLDER}`);
