import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/*
 * The marble diagram in an operator's doc block is the diagram of one of its tests: all rows stand in one `it`, the result
 * in a `toBe`, and the operator is called there with the options that the diagram names.
 */

const OPERATORS = 'src/operators';
const SPECS = 'test/operators';
/** Exported for those who write operators; they have no diagram. */
const NOT_OPERATORS = ['liftSource'];

interface Diagram {
  /** The operator calls between the inputs and the result, as in `mute(muted$)`. */
  readonly calls: readonly ts.CallExpression[];
  readonly inputs: readonly string[];
  readonly result: string;
}

/** One `it`: what it compares with, all its strings, and the calls it makes. */
interface Spec {
  readonly expected: ReadonlySet<string>;
  readonly strings: ReadonlySet<string>;
  readonly calls: readonly ts.CallExpression[];
}

describe('the marbles of the docs', () => {
  const specs = readdirSync(SPECS)
    .filter((path) => path.endsWith('.test.ts'))
    .flatMap((path) => specsOf(readFileSync(join(SPECS, path), 'utf8')));
  const sources = readdirSync(OPERATORS)
    .filter((path) => path !== 'index.ts')
    .map((path) => readFileSync(join(OPERATORS, path), 'utf8'));
  const docs = new Map(sources.flatMap((source) => [...docsOf(source)]));

  it('are there to be compared', () => {
    expect(operators().length).toBeGreaterThan(15);
    expect(specs.length).toBeGreaterThan(100);
  });

  it.each(operators())('%s: are those of one of its tests', (name) => {
    expect(problemsOf(docs.get(name), specs)).toEqual([]);
  });
});

describe('the comparison of marbles', () => {
  const doc = (rows: string): string => `/**\n * Doubles.\n *\n * \`\`\`text\n${rows}\n * \`\`\`\n */`;
  const rows = ' * source    -a-b|      each twice\n *              double({ byMs: 20 })\n * result    -aabb|';
  const spec = (inner: string): Spec[] => specsOf(`it('doubles', () => { ${inner} });`);
  const good = `expectSamples(samples('  -a-b|').pipe(double({ byMs: 20, clock }))).toBe('-aabb|');`;

  const cases: [difference: string, doc: string | undefined, spec: Spec[], problem: string | undefined][] = [
    ['no difference', doc(rows), spec(good), undefined],
    ['no doc block', undefined, spec(good), 'no diagram'],
    ['no diagram', '/** Doubles. */', spec(good), 'no diagram'],
    ['another result', doc(rows), spec(good.replace('-aabb|', '-aab|')), '-aabb|'],
    ['a result that is not compared with', doc(rows), spec(good.replace('.toBe(', '.notToBe(')), '-aabb|'],
    ['another input', doc(rows), spec(good.replace('-a-b|', '-a--b|')), '-aabb|'],
    ['another option', doc(rows), spec(good.replace('20', '40')), '-aabb|'],
    ['another operator', doc(rows), spec(good.replace('double', 'triple')), '-aabb|'],
    ['another argument', doc(rows.replace('{ byMs: 20 }', '2')), spec(good), '-aabb|'],
    ['a diagram without a result', doc(rows.replace('result', 'output')), spec(good), 'no row named result'],
    ['a diagram without an operator', doc(rows.replace('double', '')), spec(good), 'no operator'],
    ['rows of different tests', doc(rows), [...spec(`x('-a-b|')`), ...spec(`y().toBe('-aabb|')`)], '-aabb|'],
  ];
  it.each(cases)('notices %s', (_, text, specs, problem) => {
    const problems = problemsOf(text, specs);
    if (problem === undefined) expect(problems).toEqual([]);
    else expect(problems.join()).toContain(problem);
  });
});

function operators(): string[] {
  const index = ts.createSourceFile(
    'index.ts',
    readFileSync(join(OPERATORS, 'index.ts'), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  return index.statements
    .filter(ts.isExportDeclaration)
    .filter((statement) => !statement.isTypeOnly)
    .flatMap((statement) => (statement.exportClause as ts.NamedExports).elements)
    .filter((element) => !element.isTypeOnly)
    .map((element) => element.name.text)
    .filter((name) => !NOT_OPERATORS.includes(name));
}

/** The doc blocks of the exported functions of a file. */
function docsOf(source: string): Map<string, string> {
  const file = ts.createSourceFile('operator.ts', source, ts.ScriptTarget.Latest, true);
  const found = new Map<string, string>();
  for (const statement of file.statements) {
    if (!ts.isFunctionDeclaration(statement) || !statement.name) continue;
    const block = ts.getJSDocCommentsAndTags(statement).find(ts.isJSDoc);
    if (block) found.set(statement.name.text, block.getText(file));
  }
  return found;
}

function problemsOf(doc: string | undefined, specs: readonly Spec[]): string[] {
  const text = doc && /```text\n([^`]*)```/.exec(doc)?.[1];
  if (!text) return ['no diagram'];
  const diagram = parseDiagram(text.replace(/^ *\* ?/gm, ''));
  if (typeof diagram === 'string') return [diagram];
  if (specs.some((spec) => shows(spec, diagram))) return [];
  return [`no test shows ${[...diagram.inputs, diagram.result].join(' ')}`];
}

/** Rows are a name, a marble string, and perhaps a comment; lines that begin with spaces are operators. */
function parseDiagram(text: string): Diagram | string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const calls = lines.filter((line) => line.startsWith(' ')).flatMap((line) => callsOf(line));
  const rows = lines.filter((line) => !line.startsWith(' ')).map((line) => line.split(/\s+/));
  const result = rows.find(([name]) => name === 'result')?.[1];
  if (result === undefined) return 'no row named result';
  if (calls.length === 0) return 'no operator between the rows';
  return { calls, result, inputs: rows.filter(([name]) => name !== 'result').map(([, marbles = '']) => marbles) };
}

function callsOf(code: string): ts.CallExpression[] {
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('code.ts', code, ts.ScriptTarget.Latest, true));
  return calls;
}

function specsOf(source: string): Spec[] {
  return callsOf(source)
    .filter((call) => call.expression.getText() === 'it')
    .map((test) => {
      const calls = callsOf(test.getText()).slice(1);
      const compared = calls.filter((call) => call.expression.getText().endsWith('.toBe'));
      return { calls, strings: stringsOf(calls), expected: stringsOf(compared) };
    });
}

/** Every string that is an argument, without spaces, for they only align columns. */
function stringsOf(calls: readonly ts.CallExpression[]): Set<string> {
  const found = new Set<string>();
  for (const call of calls) {
    for (const argument of call.arguments) {
      if (ts.isStringLiteralLike(argument)) found.add(argument.text.replaceAll(' ', ''));
    }
  }
  return found;
}

function shows(spec: Spec, { calls, inputs, result }: Diagram): boolean {
  return (
    spec.expected.has(result) &&
    inputs.every((marbles) => spec.strings.has(marbles)) &&
    calls.every((call) => spec.calls.some((made) => isCallOf(made, call)))
  );
}

/** Whether `made` calls the same function with the numbers and options of `shown`, and perhaps more. */
function isCallOf(made: ts.CallExpression, shown: ts.CallExpression): boolean {
  if (made.expression.getText() !== shown.expression.getText()) return false;
  const numbers = (call: ts.CallExpression): string[] =>
    call.arguments.filter((it) => Number.isFinite(Number(it.getText()))).map((it) => it.getText());
  const options = (call: ts.CallExpression): string[] =>
    call.arguments.filter(ts.isObjectLiteralExpression).flatMap((it) => it.properties.map((one) => one.getText()));
  return (
    String(numbers(made)) === String(numbers(shown)) && options(shown).every((option) => options(made).includes(option))
  );
}
