import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Test files would get graphql as ESM and libraries the same as CommonJS: two copies, of which each refuses the other's schema.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    // They wait more than they work: on two cores, too, two files are run at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 15_000,
    hookTimeout: 120_000,
  },
});
