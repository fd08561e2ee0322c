import { createHash } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { createFailureCounts, type FailureLimit } from './failure-counts.ts';

describeOnEachEngine('Counts of failures', (openStorage) => {
  let storage: Storage;
  const windowMs = 900_000;
  const start = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    storage = await openStorage();
  });

  const limitOf = (name: string, most = 10): FailureLimit => ({
    subject: createHash('sha256').update(name).digest('hex'),
    most,
  });
  const countRows = async () => {
    const { rows } = await storage.db
      .selectFrom('sign_in_failures')
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow();
    return Number(rows);
  };

  it('count nothing when one of the limits is reached, and say until when', async () => {
    const counts = createFailureCounts({ storage, windowMs });
    const [full, other] = [limitOf('full', 1), limitOf('other')];
    expect(await counts.add([full], start)).toBeNull();
    expect(await counts.reached([other, full], start + 1)).toEqual([{ ...full, windowEndsAt: start + windowMs }]);
    expect(await counts.add([other, full], start + 1)).toBe(start + windowMs);
    expect(await counts.reached([{ ...other, most: 1 }], start + 1)).toEqual([]);
    expect(await counts.reached([full], start + windowMs)).toEqual([]);
  });

  it('stay bounded under any number of made-up addresses and names, and forget none that is near its limit', async () => {
    const mostRows = 300;
    const countEvery = 30;
    const counts = createFailureCounts({ storage, windowMs, mostRows, countEvery });
    const victim = limitOf('ann@example.com');
    for (let failure = 0; failure < 10; failure += 1) await counts.add([victim], start);
    let most = 0;
    for (let n = 0; n < 3_000; n += 1) {
      await counts.add([limitOf(`address ${n}`)], start + 1);
      if (n % countEvery === 0) most = Math.max(most, await countRows());
    }
    expect(most).toBeGreaterThan(mostRows * 0.9);
    expect(most).toBeLessThanOrEqual(mostRows + countEvery + 1);
    expect(await counts.reached([victim], start + 2)).toHaveLength(1);
  });
});
