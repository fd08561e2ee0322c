import { defineConfig } from 'vitest/config';

const server = { root: './server', environment: 'node', globalSetup: './src/testing/provide-postgres.ts' } as const;

export default defineConfig({
  test: {
    allowOnly: false,
    reporters: ['default', './scripts/count-unit-tests.mjs'],
    projects: [
      { test: { ...server, name: 'server', include: ['src/**/*.test.ts'], exclude: ['src/**/*.slow.test.ts'] } },
      // Takes seconds by its nature (processes killed, load, time): part of `npm test`, not of `npm run check`.
      {
        test: {
          ...server,
          name: 'slow',
          include: ['src/**/*.slow.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      { test: { root: './web', name: 'web', environment: 'node', include: ['src/**/*.test.{ts,tsx}'] } },
    ],
  },
});
