import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { describeOnEachEngine } from './each-engine.ts';

describeOnEachEngine('A suite that runs on each engine', (openTestStorage, engine) => {
  it('gets the engine it asks for', async () => {
    expect((await openTestStorage()).engine).toBe(engine);
  });

  it('gets a database that no other test writes to', async () => {
    const [first, second] = [await openTestStorage(), await openTestStorage()];
    await sql`create table only_here (n integer)`.execute(first.db);
    await sql`create table only_here (n integer)`.execute(second.db);
    await expect(sql`create table only_here (n integer)`.execute(first.db)).rejects.toThrow('already exists');
  });
});
