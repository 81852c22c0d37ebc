import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** The tests that mutants have to survive: of operators and of the state machine, without the long random ones. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: [
      'test/operators/**/*.test.ts',
      'test/calls/{transition,state-store}.test.ts',
      'test/shards/source-description.test.ts',
    ],
    exclude: ['test/operators/laws*.test.ts'],
    testTimeout: 5000,
  },
});

export default config;
