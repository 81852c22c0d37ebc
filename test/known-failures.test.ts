import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const GUIDE = 'docs/known-failures.md';

/** The rows of the guide's tables: what fails elsewhere, and the file and name of the test that keeps it out. */
const rows = readFileSync(GUIDE, 'utf8')
  .split('\n')
  .map((line) => /^\| (?<failure>.+?) +\| `(?<file>test\/[^`]+)`: (?<name>.+?) +\|$/.exec(line)?.groups)
  .filter((row) => row !== undefined);

describe('the failures known from elsewhere', () => {
  it('are all read', () => {
    const lines = readFileSync(GUIDE, 'utf8').split('\n');
    expect(rows).toHaveLength(lines.filter((line) => /^\| (?!-|failure )/.test(line)).length);
    expect(rows.length).toBeGreaterThan(60);
  });

  it.each(rows)('$failure: has its test', ({ file, name }) => {
    expect(existsSync(file!), file).toBe(true);
    const calls = readFileSync(file!, 'utf8').matchAll(/(?:\b(?:it|describe)|[)\]`])\(\s*(['"`])(?<title>.+?)\1,/g);
    expect(Array.from(calls, ({ groups }) => groups!['title']).join('\n')).toContain(name);
  });
});
