import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'e2e/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['./vitest.setup.ts'],
    reporters: ['default', './vitest.closing.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
