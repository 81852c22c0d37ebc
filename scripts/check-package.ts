/**
 * Checks what would be published, after a build: what the tarball holds, publint, are-the-types-wrong.
 *
 *     npm run check:package
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

const MAX_PACKED_BYTES = 2_000_000;
const folder = mkdtempSync(join(tmpdir(), 'rxcall-package-'));
try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]),
  ) as Packed[];
  const tarball = join(folder, packed!.filename);
  const problems = problemsOf(packed!);
  if (problems.length > 0) throw new Error(`The tarball is wrong:\n  ${problems.join('\n  ')}`);
  console.log(`tarball: ${packed!.files.length} files, ${packed!.size} bytes packed, ${packed!.unpackedSize} unpacked`);
  console.log(run('publint', ['run', tarball, '--strict']).trim());
  console.log(run('attw', [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color']).trim());
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

function problemsOf({ files, size }: Packed): string[] {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const paths = new Set(files.map((file) => file.path));
  const named = [...JSON.stringify([manifest.exports, manifest.bin]).matchAll(/:"(\.\/[^"]+)"/g)].map(
    (match) => match[1]!,
  );
  const problems = named
    .map((path) => path.slice(2))
    .filter((path) => !paths.has(path))
    .map((path) => `package.json names ${path}, which is not in it`);
  for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'assets/sample.opus']) {
    if (!paths.has(path)) problems.push(`${path} is missing`);
  }
  for (const path of paths) {
    if (/\.(test|spec)\.|(^|\/)(test|tests|fixtures)\//.test(path)) problems.push(`${path} is a test`);
    if (path.startsWith('dist/') && path.endsWith('.js') && !paths.has(source(path))) problems.push(`${path} is stale`);
  }
  for (const script of ['preinstall', 'install', 'postinstall']) {
    if (manifest.scripts[script]) problems.push(`there is a ${script} script: package managers no longer run those`);
  }
  if (size > MAX_PACKED_BYTES) problems.push(`it packs to ${size} bytes, more than ${MAX_PACKED_BYTES}`);
  return problems;
}

/** The source of a built file. */
function source(path: string): string {
  return path.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts');
}

function run(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args[0]} failed:\n${stdout}${stderr}`);
  }
}
