/**
 * Mutation tests of the operators and of the state machine of calls, one file after the other; prints the score of each and of
 * all. A mutant that never ends is killed with its process, and each file has a time limit, so that none takes the machine.
 *
 *     npm run mutation                                  all of them: half an hour
 *     npm run mutation -- src/operators/mute.ts ...     some
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const MIN_SCORE = 80;
const LIMIT_MS = 20 * 60_000;
const OPERATORS = 'src/operators';

const all = [
  ...readdirSync(OPERATORS)
    .filter((name) => name !== 'index.ts')
    .map((name) => join(OPERATORS, name)),
  'src/calls/transition.ts',
  'src/calls/state-store.ts',
];
const given = process.argv.slice(2);
const scores = (given.length > 0 ? given : all).map((file) => {
  const score = scoreOf(file);
  console.log(`${file}: ${score === undefined ? 'no score' : `${score.toFixed(1)} %`}`);
  return { file, score };
});
const bad = scores.filter(({ score }) => score === undefined || score < MIN_SCORE);
const known = scores.flatMap(({ score }) => score ?? []);
console.log(
  `${scores.length} files, mean ${(known.reduce((sum, score) => sum + score, 0) / known.length).toFixed(1)} %`,
);
if (bad.length > 0) process.exitCode = 1;

/** Runs Stryker on one file; undefined when it did not come to an end. */
function scoreOf(file: string): number | undefined {
  const { stdout, stderr } = spawnSync('stryker', ['run', '--mutate', file], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    shell: process.platform === 'win32',
  });
  const survived = stdout
    .split('\n')
    .filter((line) => /^\[(Survived|NoCoverage)\]|^-\s|^\+\s|^src.*:\d+:\d+/.test(line));
  if (survived.length > 0) console.log(survived.join('\n'));
  const score = /^All files +\| +([\d.]+)/m.exec(stdout)?.[1];
  if (score === undefined) console.error(stdout.slice(-2000), stderr.slice(-2000));
  return score === undefined ? undefined : Number(score);
}
