import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Test files would get graphql as ESM and libraries the same as CommonJS: two copies, of which each refuses the other's schema.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 15_000,
    hookTimeout: 120_000,
  },
});
