import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagramsOf } from '../scripts/draw/draw-marbles.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const guides = readdirSync('docs').filter((name) => /^(?!README).*\.md$/.test(name));

describe('the guides', () => {
  it('show the picture of every operator', () => {
    const sources = readdirSync('src/operators').map((name) => read(`src/operators/${name}`));
    const operators = sources.flatMap((source) => [...diagramsOf(source).keys()]);
    const guide = read('docs/operators.md');
    expect(operators.length).toBeGreaterThan(15);
    expect(operators.filter((name) => !guide.includes(`### ${name}\n`) || !guide.includes(`/${name}.svg`))).toEqual([]);
  });

  it('know what to do about every error', () => {
    const codes = [...read('src/core/errors.ts').matchAll(/^ {2}\| '(ERR_\w+)'/gm)].map((match) => match[1]!);
    const guide = read('docs/troubleshooting.md');
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !guide.includes(`\`${code}\``))).toEqual([]);
  });

  it('teach how the example of an operator came to be, line by line', () => {
    const tutorial = read('docs/testing.md');
    const operator = read('examples/custom-operator/src/hide-video.ts');
    const body = operator.slice(operator.indexOf('export function'));
    expect(tutorial).toContain(body);
    const diagram = diagramsOf(operator).get('hideVideo')!.trim();
    expect(tutorial).toContain(diagram);
    const tests = read('examples/custom-operator/test/hide-video.test.ts').split(/\n(?=test\()/);
    const taught = tests.slice(1).filter((test) => tutorial.includes(test.trim()));
    expect(taught.length).toBe(4);
    expect(tutorial).toContain(tests[0]!.trim());
  });

  it('give a reason for every dependency', () => {
    const { dependencies, peerDependencies } = JSON.parse(read('package.json')) as Record<string, object>;
    const guide = read('docs/platforms.md');
    const names = [...Object.keys(dependencies!), ...Object.keys(peerDependencies!)];
    expect(names.filter((name) => !new RegExp(`^\\| \`${name}\`.* \\| \\S`, 'm').test(guide))).toEqual([]);
  });

  it('are all in llms.txt, and so is every report of what is exported', () => {
    const index = read('llms.txt');
    const paths = [...guides.map((name) => `docs/${name}`), ...readdirSync('etc').map((name) => `etc/${name}`)];
    expect(paths.filter((path) => !index.includes(`](${path})`))).toEqual([]);
  });
});
