import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'e2e/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['./vitest.setup.ts'],
    reporters: ['default', './vitest.closing.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // A test is bounded, and not measured: on a machine that others use too it takes six times as long.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
