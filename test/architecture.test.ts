import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** What each folder of src may import: other folders, single files of them, and packages. */
const ALLOWED: Record<string, readonly string[]> = {
  core: ['rxjs'],
  media: ['core'],
  operators: ['core', 'media', 'rxjs', 'ts-pattern'],
  ffmpeg: ['core', 'rxjs', 'node:'],
  sources: ['core', 'media', 'ffmpeg', 'operators', 'rxjs', 'node:', 'ts-pattern', 'mediabunny'],
  webrtc: ['core', 'media', 'rxjs', 'node:', 'ts-pattern', 'werift'],
  telegram: ['core', 'ts-pattern', 'webrtc/types.ts'],
  shards: ['core', 'ffmpeg', 'operators', 'sources', 'rxjs', 'node:', 'ts-pattern'],
  sinks: ['core', 'media', 'ffmpeg', 'webrtc', 'operators', 'rxjs', 'node:', 'ts-pattern'],
};
const BELOW_CALLS = Object.keys(ALLOWED);
ALLOWED['calls'] = [...BELOW_CALLS, 'rxjs', 'node:', 'ts-pattern'];
ALLOWED['testing'] = [...BELOW_CALLS, 'calls', 'rxjs', 'node:', 'ts-pattern'];
ALLOWED['cli'] = [...BELOW_CALLS, 'calls', 'testing', 'rxjs', 'node:', 'ts-pattern'];
ALLOWED[''] = [...BELOW_CALLS, 'calls', 'rxjs', 'node:'];

const MAX_LINES = 300;
const VAGUE_NAME = /(^|[/-])(utils?|helpers?|common|misc)([./-]|$)/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/;

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Path below src -> source text. */
type Sources = Readonly<Record<string, string>>;

describe('the architecture of src', () => {
  const sources = readSources('src');

  it('has source files to look at', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(10);
  });

  it('follows the import rules, has no cycles, no long files, no vague names', () => {
    expect(violations(sources)).toEqual([]);
  });
});

describe('the architecture rules', () => {
  const cases: [rule: string, sources: Sources, message: string][] = [
    ['a folder above', { 'core/a.ts': `import { b } from '../media/b.ts';` }, 'core/a.ts imports media'],
    [
      'types of a folder above',
      { 'media/a.ts': `import type { B } from '../calls/b.ts';` },
      'media/a.ts imports calls',
    ],
    ['a package', { 'operators/a.ts': `import { x } from 'werift';` }, 'operators/a.ts imports werift'],
    ['a package beside webrtc', { 'sinks/a.ts': `import type { x } from 'werift';` }, 'sinks/a.ts imports werift'],
    ['Node in pure code', { 'media/a.ts': `import { x } from 'node:fs';` }, 'media/a.ts imports node:fs'],
    ['an import at run time', { 'core/a.ts': `const b = await import('../calls/b.ts');` }, 'core/a.ts imports calls'],
    ['a re-export', { 'core/a.ts': `export { b } from '../webrtc/b.ts';` }, 'core/a.ts imports webrtc'],
    ['a file beside types', { 'telegram/a.ts': `import { x } from '../webrtc/x.ts';` }, 'telegram/a.ts imports webrtc'],
    ['an unknown folder', { 'stuff/a.ts': '' }, 'stuff/a.ts is in a folder without an import rule'],
    [
      'a cycle',
      { 'core/a.ts': `import './b.ts';`, 'core/b.ts': `import './c.ts';`, 'core/c.ts': `import './a.ts';` },
      'cycle: core/a.ts > core/b.ts > core/c.ts > core/a.ts',
    ],
    ['a long file', { 'core/a.ts': '\n'.repeat(MAX_LINES + 1) }, 'core/a.ts has 301 lines'],
    ['a vague name', { 'core/string-utils.ts': '' }, 'core/string-utils.ts has a name that says nothing'],
    ['a vague folder', { 'core/helpers/a.ts': '' }, 'core/helpers/a.ts has a name that says nothing'],
    ['camel case', { 'core/fooBar.ts': '' }, 'core/fooBar.ts is not in kebab-case'],
  ];

  it.each(cases)('catch %s', (_rule, sources, message) => {
    expect(violations(sources)).toContain(message);
  });

  it('let pass what is allowed, types that refer to each other among it', () => {
    const sources = {
      'core/a.ts': `import type { B } from './b.ts';\nexport interface A { b: B }`,
      'core/b.ts': `import { type A } from './a.ts';\nexport interface B { a: A }`,
      'telegram/c.ts': `import { X } from '../webrtc/types.ts';`,
      'webrtc/d.ts': `import { x } from 'werift';\nimport { y } from 'werift/lib/y.js';`,
      'index.ts': `export { a } from './core/a.ts';`,
    };
    expect(violations(sources)).toEqual([]);
  });
});

function violations(sources: Sources): string[] {
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [path, text] of Object.entries(sources)) {
    const folder = folderOf(path);
    const allowed = ALLOWED[folder];
    if (!allowed) found.push(`${path} is in a folder without an import rule`);
    const lines = text.split('\n').length - 1;
    if (lines > MAX_LINES) found.push(`${path} has ${lines} lines`);
    if (VAGUE_NAME.test(path)) found.push(`${path} has a name that says nothing`);
    if (!KEBAB_CASE.test(basename(path))) found.push(`${path} is not in kebab-case`);

    const imports = importsOf(path, text);
    graph.set(
      path,
      imports.filter((it) => isRelative(it) && !it.typeOnly).map((it) => resolveFrom(path, it.specifier)),
    );
    for (const it of imports) {
      const target = isRelative(it) ? resolveFrom(path, it.specifier) : it.specifier;
      if (isRelative(it) && folderOf(target) === folder) continue;
      if (allowed?.some((rule) => permits(rule, target))) continue;
      found.push(`${path} imports ${isRelative(it) ? folderOf(target) : target}`);
    }
  }
  return [...found, ...cycles(graph)];
}

function permits(rule: string, target: string): boolean {
  return target === rule || target.startsWith(rule.endsWith(':') ? rule : `${rule}/`);
}

function importsOf(path: string, text: string): Import[] {
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyImport(node.importClause));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0]!, false);
    }
    ts.forEachChild(node, visit);
  };
  const add = (specifier: ts.Node, typeOnly: boolean): void => {
    if (ts.isStringLiteralLike(specifier)) imports.push({ specifier: specifier.text, typeOnly });
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return imports;
}

function isTypeOnlyImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  const names = clause.namedBindings;
  const allTypes = names !== undefined && ts.isNamedImports(names) && names.elements.every((name) => name.isTypeOnly);
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword || (allTypes && !clause.name);
}

/** Every cycle once, from its alphabetically first file. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const loop = trail.slice(at);
      const first = loop.indexOf([...loop].sort()[0]!);
      const turned = [...loop.slice(first), ...loop.slice(0, first)];
      found.add(`cycle: ${[...turned, turned[0]].join(' > ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return [...found];
}

function isRelative(it: Import): boolean {
  return it.specifier.startsWith('.');
}

function resolveFrom(path: string, specifier: string): string {
  return normalize(join(dirname(path), specifier)).replaceAll('\\', '/');
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

function readSources(root: string): Sources {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return Object.fromEntries(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')]));
}
