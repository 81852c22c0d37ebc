/**
 * Writes what the package exports into etc/, one report an entry point, so that a change of it is seen in a review.
 *
 *     npm run api              writes the reports
 *     npm run api -- --check   fails if one is not up to date
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const FOLDER = 'etc';
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, { types?: string }> };
/** What is imported -> its source, as in `rxcall/testing` -> `src/testing/index.ts`. */
const entries = Object.entries(manifest.exports)
  .filter(([, { types }]) => types !== undefined)
  .map(([path, { types }]) => ({
    name: path.replace('.', 'rxcall'),
    source: types!.replace('./dist', 'src').replace('.d.ts', '.ts'),
  }));

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile('tsconfig.json', ts.sys.readFile).config,
  ts.sys,
  '.',
);
const program = ts.createProgram(
  entries.map(({ source }) => source),
  options,
);
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });
const declarationFiles = new Map<string, ts.SourceFile>();

const main = exportsOf(entries[0]!.source);
let stale = 0;
mkdirSync(FOLDER, { recursive: true });
for (const { name, source } of entries) {
  const path = join(FOLDER, `${name.replace('/', '-')}.api.md`);
  const report = reportOf(name, exportsOf(source));
  if (process.argv.includes('--check')) {
    if (existsSync(path) && readFileSync(path, 'utf8') === report) continue;
    console.error(`${path} is not what ${name} exports: run \`npm run api\` and look at what changed.`);
    stale++;
  } else {
    writeFileSync(path, report);
  }
}
if (stale > 0) process.exitCode = 1;

function exportsOf(source: string): ReadonlyMap<string, ts.Symbol> {
  const module = checker.getSymbolAtLocation(program.getSourceFile(source)!)!;
  const found = checker.getExportsOfModule(module).map((symbol): [string, ts.Symbol] => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return [symbol.name, isAlias ? checker.getAliasedSymbol(symbol) : symbol];
  });
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function reportOf(name: string, exported: ReadonlyMap<string, ts.Symbol>): string {
  const isMain = name === entries[0]!.name;
  const own = [...exported].filter(([key, symbol]) => isMain || main.get(key) !== symbol);
  const shared = [...exported.keys()].filter((key) => !own.some(([it]) => it === key));
  const declarations = own.flatMap(([, symbol]) => declarationsOf(symbol));
  const hidden = hiddenTypes(declarations, new Set([...exported.keys(), ...main.keys()]));
  const parts = [
    `# What \`${name}\` exports\n\nWritten by \`npm run api\`; not to be edited.\n`,
    shared.length > 0 ? `As \`rxcall\` does: ${shared.map((it) => `\`${it}\``).join(', ')}.\n` : '',
    declarations.length === 0 ? '' : `\`\`\`ts\n${declarations.map(printDeclaration).join('\n\n')}\n\`\`\`\n`,
    hidden.length > 0 ? `Named above and not exported: ${hidden.map((it) => `\`${it}\``).join(', ')}.\n` : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** The declarations of a symbol, without bodies. */
function declarationsOf(symbol: ts.Symbol): ts.Statement[] {
  const files = new Set((symbol.declarations ?? []).map((declaration) => declaration.getSourceFile()));
  return [...files].flatMap((file) => declarationFile(file).statements.filter((it) => declares(it, symbol.name)));
}

function declarationFile(file: ts.SourceFile): ts.SourceFile {
  let emitted = declarationFiles.get(file.fileName);
  if (!emitted) {
    const { outputText } = ts.transpileDeclaration(file.text, { fileName: file.fileName, compilerOptions: options });
    emitted = ts.createSourceFile(`${file.fileName}.d.ts`, outputText, ts.ScriptTarget.Latest, true);
    declarationFiles.set(file.fileName, emitted);
  }
  return emitted;
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some((declaration) => declaration.name.getText() === name);
  }
  return (
    (ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement)) &&
    statement.name?.text === name
  );
}

function printDeclaration(statement: ts.Statement): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile());
  return text.replace(/^export declare /, 'export ').replace(/^ {4,}/gm, (indent) => ' '.repeat(indent.length / 2));
}

/** Types of this package that a user meets without being able to name them. */
function hiddenTypes(statements: readonly ts.Statement[], exported: ReadonlySet<string>): string[] {
  const hidden = new Set<string>();
  for (const statement of statements) {
    const ours = namesOf(statement.getSourceFile());
    const visit = (node: ts.Node): void => {
      const name = ts.isTypeReferenceNode(node) || ts.isTypeQueryNode(node) ? nameOf(node) : undefined;
      if (name !== undefined && ours.has(name) && !exported.has(name)) hidden.add(name);
      ts.forEachChild(node, visit);
    };
    visit(statement);
  }
  return [...hidden].sort();
}

function nameOf(node: ts.TypeReferenceNode | ts.TypeQueryNode): string {
  return (ts.isTypeReferenceNode(node) ? node.typeName : node.exprName).getText();
}

/** What a file declares, and what it imports from files beside it. */
function namesOf(file: ts.SourceFile): Set<string> {
  const names = file.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) {
      const bindings = statement.importClause?.namedBindings;
      const isOurs = (statement.moduleSpecifier as ts.StringLiteral).text.startsWith('.');
      return isOurs && bindings && ts.isNamedImports(bindings) ? bindings.elements.map((it) => it.name.text) : [];
    }
    const named = statement as { name?: ts.Identifier };
    return named.name && ts.isIdentifier(named.name) ? [named.name.text] : [];
  });
  return new Set(names);
}
