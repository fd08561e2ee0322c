import { expect, it } from 'vitest';
import '../management/users/users.table.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { startTestApp } from '../testing/start-test-app.ts';
import { systemContext } from './change.ts';

describeOnEachEngine('Writes that wait for each other', (openStorage) => {
  it('both come through: the one that the database takes back is run again, once, with one audit entry', async () => {
    const app = await startTestApp({ storage: await openStorage() });
    for (const user_id of ['a', 'b'])
      await app.send('POST', '/user/new', { body: { user_id, auto_create_key: false } });
    const { changes } = app.app.parts;
    let attempts = 0;
    const renamed: string[] = [];
    changes.onChange((object) => renamed.push(object.id));

    /** Renames both in this order; on the first attempt it waits between the two, until the other has begun. */
    const rename = (first: string, second: string) =>
      changes.change(systemContext, async (tx) => {
        attempts += 1;
        const set = (userId: string) =>
          tx
            .updateTable('users')
            .set({ user_alias: `${first} first` })
            .where('user_id', '=', userId)
            .execute();
        await set(first);
        if (attempts <= 2) await new Promise((resolve) => setTimeout(resolve, 200));
        await set(second);
        return { result: first, audit: { action: 'updated', object: { type: 'user', id: `${first}${second}` } } };
      });

    expect(await Promise.all([rename('a', 'b'), rename('b', 'a')])).toEqual(['a', 'b']);
    expect(attempts).toBe(app.storage.engine === 'postgres' ? 3 : 2);
    expect(renamed.sort()).toEqual(['ab', 'ba']);
    const logged = await app.storage.db
      .selectFrom('audit_log')
      .select('object_id')
      .where('object_id', 'in', ['ab', 'ba'])
      .execute();
    expect(logged).toHaveLength(2);
    await app.close();
  });
});
