import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const GUIDES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'llms.txt',
  ...readdirSync('docs').map((name) => join('docs', name)),
];

describe('links between guides', () => {
  it.each(GUIDES.filter((path) => /\.(md|txt)$/.test(path)))('of %s lead somewhere', (path) => {
    expect(brokenLinks(path, readFileSync(path, 'utf8'))).toEqual([]);
  });

  it('are missed when they do not', () => {
    const text = '# Here\n[a](nowhere.md) [b](README.md#no-such-part) [c](#here) [d](https://example.org/) `[e](f)`';
    expect(brokenLinks('a.md', text)).toEqual(['nowhere.md', 'README.md#no-such-part']);
  });

  it('reach every guide from the index of guides', () => {
    const index = readFileSync('docs/README.md', 'utf8');
    const missing = readdirSync('docs').filter(
      (name) => /^(?!README).*\.md$/.test(name) && !index.includes(`](${name})`),
    );
    expect(missing).toEqual([]);
  });
});

function brokenLinks(path: string, text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((link) => link[1]!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (file !== '' && !existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(file === '' ? text : readFileSync(target, 'utf8')).includes(anchor);
    });
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm);
  return [...headings].map((heading) =>
    heading[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
