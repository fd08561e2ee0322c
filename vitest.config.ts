import { env } from 'node:process';
import { defineConfig } from 'vitest/config';

// Generous, since machines that run tests are often busy; a test that hangs is found all the same.
const timeouts = { testTimeout: 30_000, hookTimeout: 60_000 };
const globalSetup = [
  './server/src/testing/provide-postgres.ts',
  './server/src/testing/provide-redis.ts',
  './server/src/testing/provide-sqlite.ts',
];
const server = { ...timeouts, environment: 'node', globalSetup } as const;

export default defineConfig({
  test: {
    maxWorkers: '100%',
    allowOnly: false,
    // Files of one worker share what they import; half of the time would go into importing it again.
    isolate: false,
    reporters: ['default', './scripts/count-unit-tests.mjs'],
    projects: [
      {
        test: {
          ...server,
          name: 'server',
          include: ['server/src/**/*.test.ts'],
          exclude: ['server/src/**/*.slow.test.ts'],
        },
      },
      // Takes seconds by its nature (processes killed, load, time): part of `npm test`, not of `npm run check`.
      {
        test: {
          ...server,
          name: 'slow',
          include: ['server/src/**/*.slow.test.ts'],
          testTimeout: 900_000,
          provide: {
            kills: Number(env['LATCHKEY_KILLS'] ?? 3),
            sequences: Number(env['LATCHKEY_SEQUENCES'] ?? 200),
            sequenceSeed: Number(env['LATCHKEY_SEQUENCE_SEED'] ?? 1),
            madeUpAddresses: Number(env['LATCHKEY_MADE_UP_ADDRESSES'] ?? 5_000),
            outageSeconds: Number(env['LATCHKEY_OUTAGE_SECONDS'] ?? 6),
          },
          fileParallelism: false,
          // After the others, since vitest runs projects together only when they have as many workers.
          sequence: { groupOrder: 1 },
        },
      },
      { test: { name: 'web', environment: 'node', include: ['web/src/**/*.test.{ts,tsx}'] } },
    ],
  },
});
