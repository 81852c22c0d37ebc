import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests named so use real programs, servers, browsers or registries. */
const END_TO_END = 'test/**/*.e2e.test.ts';
/** Those of them that look at what comes out, not at when: two files at a time. The others measure time, and run alone. */
const UNTIMED = ['ffmpeg', 'shards', 'sources'].map((folder) => `test/${folder}/**/*.e2e.test.ts`);

const patient = {
  // What runs in real time shares the machine with whatever else does: under CI each test has a second chance.
  retry: process.env['CI'] ? 1 : 0,
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

/** What the music bots import, as their own packages would find it. */
const resolve = {
  alias: [
    { find: /^rxcall$/, replacement: `${import.meta.dirname}/src/index.ts` },
    { find: /^rxcall\/(mtcute|gramjs)$/, replacement: `${import.meta.dirname}/src/telegram/adapters/$1.ts` },
    { find: /^rxcall\/operators$/, replacement: `${import.meta.dirname}/src/operators/index.ts` },
    { find: /^rxcall-jukebox$/, replacement: `${import.meta.dirname}/examples/jukebox/src/jukebox.ts` },
  ],
};

const config: ViteUserConfig = defineConfig({
  resolve,
  test: {
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: '.cache/test-results.json' },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Lists of exports, and programs, which tests run in processes of their own.
      exclude: ['src/**/index.ts', 'src/cli/{bin,demo}.ts', 'src/testing/ffmpeg/program.ts'],
      reporter: ['text', 'html', 'json-summary'],
      // What is covered is worth knowing when a test fails, too.
      reportOnFailure: true,
      thresholds: { lines: 90, branches: 90 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [END_TO_END],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { ...patient, name: 'programs', include: UNTIMED, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          ...patient,
          name: 'e2e',
          include: [END_TO_END],
          exclude: UNTIMED,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

export default config;
