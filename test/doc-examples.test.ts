import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

interface Example {
  /** File and line, as in `src/core/segment.ts:38`. */
  readonly place: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** What users import -> its source, as in `rxcall/testing` -> `src/testing/index.ts`. */
const ENTRIES = publicEntries();
/** Where names come from that an example does not import itself: first its own module, then these, then its folder. */
const MODULES = [...Object.values(ENTRIES), 'test/doc-surroundings.ts', 'rxjs'];
const CHECKED_FENCES = new Set(['ts', 'typescript']);
const OTHER_FENCES = new Set(['sh', 'bash', 'json', 'jsonc', 'text', 'yaml', 'dockerfile', 'powershell', 'mermaid']);
/** What has members that guides name in prose -> what it may be. */
const HOLDERS: Readonly<Record<string, string>> = {
  call: 'JoinedCall & RtmpCall',
  client: 'Client',
  conference: 'LoopbackConference',
  participant: 'LoopbackParticipant',
};
/** A file of another project, which compiles there. */
const FILE_FENCE = /^ts title="[\w./-]+"$/;

const OPTIONS: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(readJson('tsconfig.json'), ts.sys, '.').options,
  verbatimModuleSyntax: false,
  isolatedDeclarations: false,
  declaration: false,
  rewriteRelativeImportExtensions: false,
  noPropertyAccessFromIndexSignature: false,
  paths: Object.fromEntries(Object.entries(ENTRIES).map(([name, source]) => [name, [resolve(source)]])),
};

describe('examples in doc blocks and guides', () => {
  const sources = listFiles('src', '.ts');
  const guides = [...['README.md', 'CONTRIBUTING.md'].filter((path) => existsSync(path)), ...listFiles('docs', '.md')];
  const examples = [
    ...sources.flatMap((file) => examplesOfSource(file, readFileSync(file, 'utf8'))),
    ...guides.flatMap((file) => examplesOfGuide(file, readFileSync(file, 'utf8'))),
    ...guides.flatMap((file) => membersInProse(file, readFileSync(file, 'utf8'))),
  ];
  const problems = check(examples);

  it('are there', () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  it.each(examples.map((example) => example.place))('%s compiles', (place) => {
    expect(problems.get(place) ?? []).toEqual([]);
  });
});

describe('the check of examples', () => {
  it('finds the examples of doc blocks, fenced or not, up to the next tag', () => {
    const text = ['/**', ' * Text.', ' *', ' * @example', ' * one();', ' * @see x', ' */', 'code;'].join('\n');
    expect(examplesOfSource('a.ts', text)).toMatchObject([{ place: 'a.ts:5', code: 'one();' }]);
    const fenced = ['/**', ' * @example', ' * ```ts', ' * two();', ' * three();', ' * ```', ' */'].join('\n');
    expect(examplesOfSource('b.ts', fenced)).toMatchObject([{ place: 'b.ts:4', code: 'two();\nthree();' }]);
  });

  it('skips nothing silently', () => {
    expect(examplesOfGuide('a.md', '# A\n```ts\none();\n```\n```sh\nls\n```\n')).toMatchObject([{ code: 'one();' }]);
    expect(() => examplesOfGuide('a.md', '```\none();\n```\n')).toThrow('a.md:1');
    expect(() => examplesOfGuide('a.md', '```tsx\none();\n```\n')).toThrow('a.md:1');
  });

  it('sees a member in prose that nothing has', () => {
    const prose = membersInProse('a.md', '# A\nSay `call.play(x)`, not `call.sing()`; song.mp3 is no call.\n');
    expect([...check(prose)]).toEqual([
      ['a.md:2, in prose', [expect.stringMatching(/^a.md:2: Type '"sing"' does not/)]],
    ]);
  });

  it('sees a name that is not there, a wrong type and a broken line, each at its place', () => {
    const guide = [
      '```ts\nnowhere();\n```',
      "```ts\nimport { pace } from 'rxcall/operators';\nconst rate: string = pace;\n```",
      '```ts\nawait (;\n```',
      "```ts\nimport { nothing } from 'rxcall';\n```",
      '```ts\ncall.play(source);\nsource.pipe(takeUntil(timer(10)));\n```',
    ];
    const problems = check(examplesOfGuide('a.md', guide.join('\n')));
    expect([...problems].map(([place, [first]]) => `${place} -> ${first}`)).toEqual([
      "a.md:2 -> a.md:2: Cannot find name 'nowhere'.",
      expect.stringMatching(/^a.md:5 -> a.md:6: Type '.*' is not assignable to type 'string'/),
      'a.md:9 -> a.md:9: Expression expected.',
      expect.stringMatching(/^a.md:12 -> a.md:12: Module .* has no exported member 'nothing'/),
    ]);
  });
});

function examplesOfSource(file: string, text: string): Example[] {
  const examples: Example[] = [];
  for (const block of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const first = text.slice(0, block.index).split('\n').length;
    const lines = block[0]
      .split('\n')
      .map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, '').replace(/\s*\*\/$/, ''));
    for (let at = 0; at < lines.length; at++) {
      if (!/^@example\b/.test(lines[at]!)) continue;
      const next = lines.findIndex((line, i) => i > at && /^@\w+/.test(line));
      let body = lines.slice(at + 1, next < 0 ? lines.length : next);
      let line = first + at + 1;
      const fence = body.findIndex((line) => line.startsWith('```'));
      if (fence >= 0) {
        line += fence + 1;
        body = body.slice(
          fence + 1,
          body.findIndex((line, i) => i > fence && line.startsWith('```')),
        );
      }
      examples.push({ place: `${file}:${line}`, file, line, code: body.join('\n').trimEnd() });
    }
  }
  return examples;
}

function examplesOfGuide(file: string, text: string): Example[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap((fence) => {
    const line = text.slice(0, fence.index).split('\n').length;
    const language = fence[1]!.trim();
    if (OTHER_FENCES.has(language) || FILE_FENCE.test(language)) return [];
    if (!CHECKED_FENCES.has(language)) throw new Error(`${file}:${line}: a fence needs a known language`);
    return [{ place: `${file}:${line + 1}`, file, line: line + 1, code: fence[2]!.trimEnd() }];
  });
}

/** What a guide says in a sentence or a table that a call or the like has, as in `call.play(source)`: it has to have it. */
function membersInProse(file: string, text: string): Example[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, (fence) => fence.replace(/[^\n]/g, ''));
  return prose.split('\n').flatMap((words, at) => {
    const named = [
      ...words.matchAll(/(?<=`[^`]*)(?<![-/\w])(call|client|conference|participant)\.([a-z]\w*\$?)(?=[^`]*`)/g),
    ];
    const code = named.map(([, thing, member]) => `'${member!}' satisfies keyof (${HOLDERS[thing!]!});`).join(' ');
    return code === '' ? [] : [{ place: `${file}:${at + 1}, in prose`, file, line: at + 1, code }];
  });
}

let compiled: ts.Program | undefined;
/** The library and what surrounds the examples, compiled once. */
function library(): ts.Program {
  return (compiled ??= ts.createProgram([...listFiles('src', '.ts'), 'test/doc-surroundings.ts'], OPTIONS));
}

/** What the compiler says about each example that is not well, by its place. */
function check(examples: readonly Example[]): Map<string, string[]> {
  const exportsOf = (module: string): string[] => {
    const symbol = moduleSymbol(library(), module);
    return symbol
      ? library()
          .getTypeChecker()
          .getExportsOfModule(symbol)
          .map((it) => it.name)
      : [];
  };
  const shared = MODULES.map((module) => ({ module, names: exportsOf(module) }));

  const virtual = new Map<string, string>();
  examples.forEach((example, index) => {
    const own = example.file.startsWith('src/') ? [example.file] : [];
    const beside = own.flatMap((file) => listFiles(dirname(file), '.ts'));
    const [near, far] = [own, beside].map((files) => files.map((module) => ({ module, names: exportsOf(module) })));
    const givers = [...near!, ...shared, ...far!];
    virtual.set(resolve(`test/docs/example-${index}.ts`), wrap(example.code, givers));
  });

  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => virtual.has(resolve(path)) || fileExists(path);
  host.readFile = (path) => virtual.get(resolve(path)) ?? readFile(path);
  host.getSourceFile = (path, options, ...rest) => {
    const text = virtual.get(resolve(path));
    return text === undefined ? getSourceFile(path, options, ...rest) : ts.createSourceFile(path, text, options);
  };
  const program = ts.createProgram([...virtual.keys()], OPTIONS, host, library());
  const problems = new Map<string, string[]>();
  [...virtual.keys()].forEach((path, index) => {
    const { place, file, line } = examples[index]!;
    const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map((diagnostic) => {
      const at = diagnostic.file!.getLineAndCharacterOfPosition(diagnostic.start!).line;
      return `${file}:${line + Math.max(0, at - 1)}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
    });
    if (found.length > 0) problems.set(place, found);
  });
  return problems;
}

/**
 * The example as a module: what it needs imported on the first line, then itself as the body of a function. An `…` in it
 * is whatever fits there.
 */
function wrap(text: string, givers: readonly { module: string; names: readonly string[] }[]): string {
  const code = text.replaceAll('…', '...anything');
  const parsed = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest);
  let body = code;
  const imports: string[] = [];
  const imported = new Set<string>();
  for (const statement of parsed.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const text = statement.getText(parsed);
    imports.push(text.replaceAll('\n', ' '));
    for (const [name] of text.matchAll(/\w+\$?/g)) imported.add(name);
    body = body.replace(text, text.replace(/[^\n]/g, ''));
  }
  const used = new Set(body.match(/[\w$]+/g));
  for (const { module, names } of givers) {
    const wanted = names.filter((name) => used.has(name) && !imported.has(name));
    for (const name of wanted) imported.add(name);
    const from = module.includes('/') ? resolve(module) : module;
    if (wanted.length > 0) imports.push(`import { ${wanted.join(', ')} } from '${from}';`);
  }
  return `${imports.join(' ')} export async function example() {\n${body}\n}`;
}

function moduleSymbol(program: ts.Program, module: string): ts.Symbol | undefined {
  const from = resolve('test/doc-examples.test.ts');
  const found = ts.resolveModuleName(
    module.includes('/') ? resolve(module) : module,
    from,
    OPTIONS,
    ts.sys,
    undefined,
    undefined,
    ts.ModuleKind.ESNext,
  );
  const file = found.resolvedModule && program.getSourceFile(found.resolvedModule.resolvedFileName);
  return file && program.getTypeChecker().getSymbolAtLocation(file);
}

function listFiles(folder: string, extension: string): string[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(extension));
  return paths.map((path) => join(folder, path).replaceAll('\\', '/')).sort();
}

function publicEntries(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, { default: string }>;
  };
  const modules = Object.entries(exports).filter(([, target]) => target.default?.startsWith('./dist/'));
  return Object.fromEntries(
    modules.map(([name, { default: built }]) => [
      name.replace('.', 'rxcall'),
      built.replace('./dist/', 'src/').replace(/\.js$/, '.ts'),
    ]),
  );
}

function readJson(path: string): unknown {
  return ts.readConfigFile(path, ts.sys.readFile).config;
}
