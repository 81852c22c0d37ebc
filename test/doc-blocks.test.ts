import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ENTRIES = ['src/index.ts', 'src/operators/index.ts', 'src/testing/index.ts'];

/** Of an options object, every member has a doc block instead. */
const OPTIONS_NAME = /Options$/;

describe('every public symbol has a doc block:', () => {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile('tsconfig.json', ts.sys.readFile).config,
    ts.sys,
    '.',
  );
  const program = ts.createProgram(ENTRIES, options);

  it.each(ENTRIES)('%s', (entry) => {
    const names = exportsOf(program, entry);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter(({ documented }) => !documented).map(({ place }) => place)).toEqual([]);
  });
});

function exportsOf(program: ts.Program, entry: string): { place: string; documented: boolean }[] {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  return checker.getExportsOfModule(module).map((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? entry;
    const isDocumented = (it: ts.Symbol): boolean => it.getDocumentationComment(checker).length > 0;
    const members = [...(symbol.members?.values() ?? [])];
    const documented = isDocumented(symbol) || (OPTIONS_NAME.test(symbol.name) && members.every(isDocumented));
    return { place: `${symbol.name} in ${file.replace(/^.*\/src\//, 'src/')}`, documented };
  });
}
