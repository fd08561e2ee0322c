import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { migrations } from '../../migrations.ts';
import { openStorage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../each-engine.ts';
import { adminsOnly } from './random-callers/admins-only.ts';
import { keyWrites } from './random-callers/key-writes.ts';
import { type Choice, type Operation, pick } from './random-callers/operation.ts';
import { organizationReads, organizationWrites } from './random-callers/organizations.ts';
import { keyReads, peopleReads, usageReads } from './random-callers/reads.ts';
import { type Run, startRun } from './random-callers/start-run.ts';
import { teamWrites } from './random-callers/team-writes.ts';
import { userWrites } from './random-callers/user-writes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** How many sequences of operations are tried on each engine. */
    sequences: number;
    /** Where the random choices begin; the same number makes the same sequences. */
    sequenceSeed: number;
  }
}

const operations: Readonly<Record<string, Operation>> = {
  ...keyWrites,
  ...teamWrites,
  ...userWrites,
  ...organizationWrites,
  ...adminsOnly,
  ...keyReads,
  ...peopleReads,
  ...usageReads,
  ...organizationReads,
};

const choice: fc.Arbitrary<Choice & { operation: string }> = fc.record({
  operation: fc.constantFrom(...Object.keys(operations)),
  by: fc.nat(1_000),
  on: fc.nat(1_000),
  to: fc.nat(1_000),
  value: fc.nat(1_000),
});

describeOnEachEngine('Random callers', (openTestStorage, engine) => {
  let run: Run;
  const counts = new Map<string, number>();
  beforeAll(async () => {
    const inMemory = () => openStorage({ url: 'sqlite::memory:', migrations });
    run = await startRun(engine === 'sqlite' ? await inMemory() : await openTestStorage());
  });
  afterAll(() => run.app.close());

  // A sequence takes a few hundredths of a second on SQLite and two tenths on Postgres; a busy machine may take ten
  // times as long.
  const timeoutMs = 60_000 + inject('sequences') * 2_000;
  test('read and write what the model of the rights says, and nothing beyond', { timeout: timeoutMs }, async () => {
    let done = 0;
    const sequence = fc.array(choice, { minLength: 1, maxLength: 24, size: 'max' });
    await fc.assert(
      fc.asyncProperty(sequence, async (steps) => {
        await run.startOver();
        for (const step of steps) {
          const caller = pick(['master' as const, ...run.model.keys], step.by) ?? 'master';
          counts.set(step.operation, (counts.get(step.operation) ?? 0) + 1);
          await operations[step.operation]?.(run, caller, step);
        }
        done += 1;
        if (done % 1_000 === 0) process.stdout.write(`${done} sequences on ${engine}\n`);
      }),
      { numRuns: inject('sequences'), seed: inject('sequenceSeed') },
    );
    // Every operation had its turn.
    if (inject('sequences') >= 200) expect([...counts.keys()].sort()).toEqual(Object.keys(operations).sort());
  });
});
