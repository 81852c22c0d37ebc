import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifest, npm, openWorkshop, run, userEnvironment, type Workshop } from './tarball.ts';

/** One specification for all test frameworks: what of them is global differs in name only. */
const SPEC = `
  import { createConference, createFakeSink, createFakeSource, expectNoLeaks, runMarbles } from 'rxcall/testing';
  import { createClient, fromFile, mute } from 'rxcall';
  import { pace } from 'rxcall/operators';

  test('marbles', () => {
    runMarbles(({ samples, cold, expectSamples }) => {
      const source = samples('   -a-b-c-|');
      const muted$ = cold('      --t--f-', { t: true, f: false });
      expectSamples(source.pipe(mute(muted$))).toBe('-a-s-c-|');
    });
  });

  test('marbles that differ', () => {
    let message = '';
    try {
      runMarbles(({ samples, expectSamples }) => expectSamples(samples('-a-|')).toBe('--a|'));
    } catch (error) {
      message = error.message;
    }
    if (!message.includes('expected --a|')) throw new Error('No diff: ' + message);
  });

  test('a source and a sink', () => {
    runMarbles(({ clock, at }) => {
      const sink = createFakeSink({ clock });
      createFakeSource({ count: 5 }).pipe(pace({ clock })).subscribe(sink);
      at(200, () => {
        if (sink.received.length !== 5 || sink.problems.length > 0) throw new Error(sink.problems.join());
      });
    });
  });

  test('a call', async () => {
    await expectNoLeaks(async () => {
      const conference = await createConference();
      const client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
      const call = await client.createCall('test');
      await call.connect(await conference.join(call.joinPayload));
      await call.play(fromFile(${JSON.stringify(resolve('assets/sample.opus'))}));
      await client.close();
      await conference.close();
    });
  });
`;

/** Makes what the snippets of the README take for granted, and ends each of them after a while. */
const SURROUNDINGS = `
  const { createClient, fromFile } = await import('rxcall');
  const { createConference } = await import('rxcall/testing');
  const conference = await createConference();
  const client = createClient({ transport: { addresses: ['127.0.0.1'] } });
  const call = await client.createCall('readme');
  await call.connect(await conference.join(call.joinPayload));
  await call.play(fromFile('song.mp3'));
  // What a snippet uses and does not make itself.
  globalThis.call = call;
  globalThis.track = { kind: 'audio', write() {} };
  globalThis.fromFile = fromFile;
  setTimeout(() => process.exit(), 4000);
`;
/** These need an account, or a server that is not here. */
const NEEDS_MORE = /TelegramClient|phone\.joinGroupCall|rtmps?:|createRtmpCall/;

/** Slow: builds, packs, and installs from the registry. */
describe('the package, in use', () => {
  let workshop: Workshop;
  let project: string;

  beforeAll(() => {
    workshop = openWorkshop();
    project = workshop.install('project', [workshop.tarball, 'jest@30']);
    // Those that are here already are not downloaded again.
    for (const name of ['vitest', 'typescript']) {
      symlinkSync(resolve('node_modules', name), join(project, 'node_modules', name), 'junction');
    }
  }, 600_000);
  afterAll(() => workshop[Symbol.dispose]());

  describe('rxcall/testing', () => {
    const env = userEnvironment();

    it('works under node:test', async () => {
      writeFileSync(join(project, 'kit.node.mjs'), `import { test } from 'node:test';\n${SPEC}`);
      const { stdout } = await run(process.execPath, ['--test', 'kit.node.mjs'], { cwd: project, env });
      expect(stdout).toMatch(/pass 4\n/);
      expect(stdout).toMatch(/fail 0\n/);
    });

    it('works under jest', async () => {
      writeFileSync(join(project, 'kit.jest.test.js'), SPEC);
      writeFileSync(join(project, 'jest.config.json'), JSON.stringify({ transform: {}, testMatch: ['**/kit.jest.*'] }));
      const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--watchman=false'];
      const { stderr } = await run(process.execPath, [...jest, '--config', 'jest.config.json'], {
        cwd: project,
        env,
      });
      expect(stderr).toMatch(/Tests: +4 passed, 4 total/);
    });

    it('works under vitest', async () => {
      writeFileSync(join(project, 'kit.vitest.test.js'), `import { test } from 'vitest';\n${SPEC}`);
      const vitest = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', '.', '--dir', '.', 'kit.vitest'];
      const { stdout } = await run(process.execPath, vitest, { cwd: project, env: { ...env, NO_COLOR: '1' } });
      expect(stdout).toMatch(/Tests {2}4 passed \(4\)/);
    });
  });

  it('carries an operator in a package of its own', () => {
    const folder = workshop.path('custom-operator');
    cpSync('examples/custom-operator', folder, {
      recursive: true,
      filter: (path) => !/(node_modules|dist)$/.test(path),
    });
    const types = `@types/node@${manifest.devDependencies['@types/node']!}`;
    npm(folder, ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-save', workshop.tarball, types]);
    const output = npm(folder, ['test']);
    expect(output).toMatch(/pass 5\n/);
    expect(npm(folder, ['pack', '--dry-run', '--ignore-scripts', '--json'])).toContain('dist/src/hide-video.js');
  });

  describe('as the README says', () => {
    const snippets = [...readFileSync('README.md', 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((it) => it[1]!);
    const runnable = snippets.filter((snippet) => !NEEDS_MORE.test(snippet));

    const radio = createServer((_, response) => response.end(readFileSync(join(project, 'song.mp3'))));

    beforeAll(async () => {
      radio.listen(0, '127.0.0.1');
      await once(radio, 'listening');
      const ffmpeg = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
      for (const name of ['song.mp3', 'song.ogg', 'one.mp3', 'two.flac', 'three.ogg']) {
        const opus = name.endsWith('.ogg') ? ['-c:a', 'libopus'] : [];
        const input = ['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=3'];
        execFileSync(ffmpeg, [...input, ...opus, join(project, name)]);
      }
      writeFileSync(join(project, 'surroundings.mjs'), SURROUNDINGS);
    });
    afterAll(() => {
      radio.close();
      radio.closeAllConnections();
    });

    it('has something to run', () => {
      expect(runnable.length).toBeGreaterThan(6);
    });

    it.concurrent.each(runnable.map((snippet, index) => [snippet.trim().split('\n').at(-1), index] as const))(
      '… %s',
      async (_, index) => {
        const file = `snippet-${index}.ts`;
        const { port } = radio.address() as AddressInfo;
        const code = runnable[index]!.replace('https://radio.example/stream.mp3', `http://127.0.0.1:${port}/`);
        writeFileSync(join(project, file), `${code}\nconsole.log('done');\nexport {};\n`);
        const command = ['--no-warnings', '--import', './surroundings.mjs', file];
        const { stdout, stderr } = await run(process.execPath, command, { cwd: project, env: userEnvironment() });
        expect(stderr.replace('ERR_SOURCE_NOT_FOUND false\n', '')).toBe('');
        expect(stdout).toContain('done');
      },
    );
  });
});
