import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests named so use real programs, servers, browsers or registries: one file at a time, after all others. */
const END_TO_END = 'test/**/*.e2e.test.ts';

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
        test: {
          name: 'e2e',
          include: [END_TO_END],
          // Calls in real time share the machine with whatever else runs on it: under CI each has a second chance.
          retry: process.env['CI'] ? 1 : 0,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

export default config;
