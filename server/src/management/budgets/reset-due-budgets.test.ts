import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import { resetDueBudgets } from './reset-due-budgets.ts';

describeOnEachEngine('Resetting budgets', (openStorage) => {
  let app: TestApp;
  let clock = Date.parse('2026-11-25T15:10:30Z');

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => clock });
    await app.send('POST', '/team/new', { body: { team_id: 'dev', max_budget: 5, budget_duration: '1d' } });
    await app.send('POST', '/user/new', {
      body: { user_id: 'ann', max_budget: 5, budget_duration: '1d', key_alias: 'first', teams: ['dev'] },
    });
    await app.send('POST', '/user/new', { body: { user_id: 'bob', max_budget: 5, auto_create_key: false } });
  });
  afterAll(() => app.close());

  /** Everybody has spent a dollar, and everybody with a window has one that ends at midnight. */
  beforeEach(async () => {
    const { db } = app.storage;
    const window = { spend_nano_usd: 1e9, budget_duration: '1d', budget_reset_at: Date.parse('2026-11-26T00:00:00Z') };
    await db.updateTable('users').set({ spend_nano_usd: 1e9 }).where('user_id', '=', 'bob').execute();
    await db.updateTable('users').set(window).where('user_id', '=', 'ann').execute();
    await db.updateTable('keys').set(window).where('user_id', '=', 'ann').execute();
    await db.updateTable('teams').set(window).execute();
    await db.updateTable('team_members').set(window).where('user_id', '=', 'ann').execute();
    await db.deleteFrom('audit_log').where('action', '=', 'reset').execute();
  });

  async function windows() {
    const { db } = app.storage;
    const columns = ['spend_nano_usd', 'budget_reset_at'] as const;
    const rows = [
      await db.selectFrom('users').select(columns).where('user_id', '=', 'ann').executeTakeFirstOrThrow(),
      await db.selectFrom('keys').select(columns).where('user_id', '=', 'ann').executeTakeFirstOrThrow(),
      await db.selectFrom('teams').select(columns).executeTakeFirstOrThrow(),
      await db.selectFrom('team_members').select(columns).where('user_id', '=', 'ann').executeTakeFirstOrThrow(),
    ];
    return rows.map((row) => [row.spend_nano_usd, new Date(row.budget_reset_at ?? 0).toISOString()]);
  }

  it('leaves windows alone that are not over', async () => {
    clock = Date.parse('2026-11-25T23:59:59.999Z');
    expect(await resetDueBudgets(app.app.parts)).toBe(0);
    expect((await windows())[0]).toEqual([1e9, '2026-11-26T00:00:00.000Z']);
  });

  it('starts a new window for user, key, team and member at the instant the old one ends', async () => {
    clock = Date.parse('2026-11-26T00:00:00Z');
    expect(await resetDueBudgets(app.app.parts)).toBe(4);
    expect(await windows()).toEqual(Array.from({ length: 4 }, () => [0, '2026-11-27T00:00:00.000Z']));
    expect(await resetDueBudgets(app.app.parts)).toBe(0);
  });

  it('keeps the spend of a budget without a window', async () => {
    clock = Date.parse('2026-11-26T00:00:00Z');
    await resetDueBudgets(app.app.parts);
    const bob = await app.send('GET', '/user/info?user_id=bob');
    expect(bob.json()['user_info']).toMatchObject({ spend: 1, budget_reset_at: null });
  });

  it('catches up in one step after a month of downtime', async () => {
    clock = Date.parse('2026-12-24T18:00:00Z');
    expect(await resetDueBudgets(app.app.parts)).toBe(4);
    expect((await windows())[0]).toEqual([0, '2026-12-25T00:00:00.000Z']);
  });

  it('happens once for each window, however many do it at the same time', async () => {
    clock = Date.parse('2026-11-26T00:00:30Z');
    const counts = await Promise.all(Array.from({ length: 8 }, () => resetDueBudgets(app.app.parts)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
    const entries = await app.storage.db
      .selectFrom('audit_log')
      .select(['object_type', 'actor_user_id', 'before_json', 'after_json'])
      .where('action', '=', 'reset')
      .orderBy('object_type')
      .execute();
    expect(entries.map((entry) => entry.object_type)).toEqual(['key', 'team', 'team-member', 'user']);
    expect(entries[0]?.actor_user_id).toBe('system');
    expect(JSON.parse(entries[0]?.before_json ?? '')).toEqual({
      spend: 1,
      budget_reset_at: '2026-11-26T00:00:00.000Z',
    });
    expect(JSON.parse(entries[0]?.after_json ?? '')).toEqual({ spend: 0, budget_reset_at: '2026-11-27T00:00:00.000Z' });
  });

  it('does not stop at a period that nobody can read', async () => {
    await app.storage.db.updateTable('users').set({ budget_duration: '2mo' }).where('user_id', '=', 'ann').execute();
    clock = Date.parse('2026-11-26T00:00:00Z');
    expect(await resetDueBudgets(app.app.parts)).toBe(4);
    expect((await windows())[0]).toEqual([0, '2026-11-27T00:00:00.000Z']);
  });
});
