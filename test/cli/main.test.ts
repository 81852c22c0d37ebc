import { afterEach, describe, expect, it, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { main } from '../../src/cli/main.ts';

/** Runs a command line; what it writes is not shown. */
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  vi.spyOn(console, 'log').mockImplementation((text: string) => void (said.stdout += text));
  vi.spyOn(console, 'error').mockImplementation((text: string) => void (said.stderr += text));
  return { code: await main(args), ...said };
}

describe('the command line', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('tells its version and its usage', async () => {
    for (const flag of ['--version', '-v']) {
      expect(await run(flag)).toEqual({ code: 0, stdout: packageJson.version, stderr: '' });
    }
    for (const flags of [['--help'], ['-h'], ['demo', '--help'], ['doctor', '-h']]) {
      const { code, stdout } = await run(...flags);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Usage: rxcall COMMAND[^]*Usage: rxcall demo/);
    }
  });

  it('tells its usage on stderr when it does not understand', async () => {
    expect(await run('sing')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^There is no command sing\./),
    });
    expect(await run()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^Usage/) });
  });

  it('says what a machine has, for people and for programs', async () => {
    const { code, stdout } = await run('doctor');
    expect([0, 1]).toContain(code);
    expect(stdout).toContain(process.versions.node);
    const json = await run('doctor', '--json');
    expect(json.code).toBe(code);
    expect(JSON.parse(json.stdout)).toHaveProperty('lacks');
    expect(await run('doctor', '--jsn')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'rxcall doctor takes --json and nothing else, not --jsn.',
    });
  });
});
