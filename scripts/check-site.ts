/**
 * Checks the site that typedoc made: every link inside it leads to a file and, with a fragment, to an element.
 *
 *     npm run docs
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const SITE = 'site';
copyFileSync('llms.txt', join(SITE, 'llms.txt'));

const pages = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
const ids = new Map<string, ReadonlySet<string>>();
let links = 0;
const broken: string[] = [];
for (const page of pages) {
  const html = readFileSync(join(SITE, page), 'utf8');
  for (const [, link = ''] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
    if (/^(?:[a-z]+:|\/\/)/i.test(link) || link === '') continue;
    links++;
    if (!leadsSomewhere(page, decodeURI(link.replaceAll('&amp;', '&')))) broken.push(`${page}: ${link}`);
  }
}
console.log(`${pages.length} pages, ${links} links`);
if (links === 0) broken.push('there are no links at all');
if (broken.length > 0) {
  console.error(`Broken:\n  ${[...new Set(broken)].join('\n  ')}`);
  process.exitCode = 1;
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', fragment] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path.split('?')[0]!));
  const file = join(SITE, target);
  if (!existsSync(file)) return false;
  if (statSync(file).isDirectory()) return existsSync(join(file, 'index.html'));
  return fragment === undefined || fragment === '' || !target.endsWith('.html') || idsOf(target).has(fragment);
}

function idsOf(page: string): ReadonlySet<string> {
  let found = ids.get(page);
  if (!found) {
    const html = readFileSync(join(SITE, page), 'utf8');
    found = new Set([...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]!));
    ids.set(page, found);
  }
  return found;
}
