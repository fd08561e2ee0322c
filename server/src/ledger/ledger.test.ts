import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMemoryCounters } from '../counters/memory-counters.ts';
import { chargeSpend } from '../management/budgets/index.ts';
import { hashSecret } from '../management/keys/key-secret.ts';
import { logOf, rollupOf, spendOf } from '../testing/books.ts';
import { type BreakableStorage, breakable } from '../testing/breakable-storage.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { journalEntry } from '../testing/journal-entry.ts';
import { makePersonalKey, makeTeamKey } from '../testing/make-key.ts';
import { startTestApp, type TestApp } from '../testing/start-test-app.ts';
import { foldEntries } from './fold-entries.ts';
import { openJournal } from './journal.ts';
import { openLedger } from './ledger.ts';
import { subjectName, subjectNamesOf } from './spend-subjects.ts';

const quarterHourMs = 900_000;

describeOnEachEngine('The books', (openTestStorage) => {
  let storage: BreakableStorage;
  let app: TestApp;
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-ledger-'));

  beforeAll(async () => {
    storage = breakable(await openTestStorage());
    app = await startTestApp({ storage: { ...storage, db: storage.db, close: async () => undefined } });
  });
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const entryOf = (owner: { key: string; userId: string; teamId: string | null }, more = {}) =>
    journalEntry({ key_hash: hashSecret(owner.key), user_id: owner.userId, team_id: owner.teamId ?? '', ...more });

  test('charge a personal key and its owner, and a team’s key its team and membership but never its owner', async () => {
    const personal = await makePersonalKey(app);
    const team = await makeTeamKey(app);
    await foldEntries(
      storage,
      [entryOf(personal), entryOf(team, { spend_nano_usd: 7 }), entryOf(personal)],
      chargeSpend,
    );
    expect(await spendOf(app, personal.key)).toEqual({ key: 38_000, user: 38_000, team: null, member: null });
    expect(await spendOf(app, team.key)).toEqual({ key: 7, user: 0, team: 7, member: 7 });
  });

  test('say who was charged, and how much that makes in all', async () => {
    const { key, userId } = await makePersonalKey(app);
    const entry = entryOf({ key, userId, teamId: null });
    await foldEntries(storage, [entry], chargeSpend);
    const totals = await foldEntries(storage, [entryOf({ key, userId, teamId: null })], chargeSpend);
    expect(totals).toEqual([
      { subject: `key:${hashSecret(key)}`, spendNanoUsd: 38_000 },
      { subject: subjectName({ kind: 'user', userId }), spendNanoUsd: 38_000 },
    ]);
  });

  test('are the same however often the same answers are folded', async () => {
    const owner = await makePersonalKey(app);
    const entries = [entryOf(owner), entryOf(owner), entryOf(owner, { status: 'failure', spend_nano_usd: 0 })];
    await foldEntries(storage, entries, chargeSpend);
    expect(await foldEntries(storage, entries, chargeSpend)).toEqual([]);
    await foldEntries(storage, [...entries, ...entries, entryOf(owner)], chargeSpend);
    expect(await spendOf(app, owner.key)).toMatchObject({ key: 57_000, user: 57_000 });
    expect(await logOf(app, owner.key)).toHaveLength(4);
    expect(await rollupOf(app, owner.key)).toMatchObject({
      requests: 4,
      failed: 1,
      spendNanoUsd: 57_000,
      promptTokens: 40,
    });
  });

  test('let requests pass while a thousand answers are folded, and show all of these or none', async () => {
    const owner = await makePersonalKey(app);
    const entries = Array.from({ length: 1_000 }, () => entryOf(owner));
    let isFolded = false;
    const folded = foldEntries(storage, entries, chargeSpend).then(() => {
      isFolded = true;
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    const between = logOf(app, owner.key);
    let turns = 1;
    for (; !isFolded; turns += 1) await turn();
    await folded;
    expect(turns).toBeGreaterThan(3);
    expect([0, 1_000]).toContain((await between).length);
    expect(await logOf(app, owner.key)).toHaveLength(1_000);
  });

  test('hold an answer whose key is gone, without inventing anybody to charge', async () => {
    const entry = journalEntry({ key_hash: 'nobody', user_id: 'nobody', team_id: 'nobody' });
    expect(await foldEntries(storage, [entry], chargeSpend)).toEqual([]);
    const rows = await storage.db.selectFrom('request_logs').selectAll().where('key_hash', '=', 'nobody').execute();
    expect(rows).toEqual([entry]);
  });

  test('sum by the quarter of an hour in which a request began', async () => {
    const owner = await makePersonalKey(app);
    const start = 1_700_000_100_000 - (1_700_000_100_000 % quarterHourMs);
    const at = [start, start + quarterHourMs - 1, start + quarterHourMs];
    await foldEntries(
      storage,
      at.map((started_at) => entryOf(owner, { started_at })),
      chargeSpend,
    );
    const rows = await storage.db
      .selectFrom('usage_rollups')
      .select(['quarter_hour_at', 'requests'])
      .where('key_hash', '=', hashSecret(owner.key))
      .orderBy('quarter_hour_at')
      .execute();
    expect(rows).toEqual([
      { quarter_hour_at: start, requests: 2 },
      { quarter_hour_at: start + quarterHourMs, requests: 1 },
    ]);
  });

  test('lose and double nothing when several instances fold at once, in whatever order', async () => {
    const owners = await Promise.all([makePersonalKey(app), makePersonalKey(app), makeTeamKey(app)]);
    const batches = Array.from({ length: 12 }, (_, batch) => {
      const entries = owners.flatMap((owner) => [entryOf(owner, { model: `m${batch % 3}` }), entryOf(owner)]);
      return batch % 2 === 0 ? entries : entries.reverse();
    });
    await Promise.all(batches.map((entries) => foldEntries(storage, entries, chargeSpend)));
    for (const owner of owners) {
      expect((await spendOf(app, owner.key)).key).toBe(24 * 19_000);
      expect(await rollupOf(app, owner.key)).toMatchObject({ requests: 24, spendNanoUsd: 24 * 19_000 });
    }
  });

  test('are complete after the database was away, and live spend was right all the while', async () => {
    const owner = await makePersonalKey(app);
    const counters = createMemoryCounters(subjectNamesOf);
    const failures: unknown[] = [];
    const ledger = openLedger({
      storage,
      journal: openJournal(join(folder, owner.userId)),
      counters,
      chargeSpend,
      onFoldFailure: (error) => failures.push(error),
    });
    const subject = `key:${hashSecret(owner.key)}`;
    await Promise.all(Array.from({ length: 150 }, () => ledger.settle(entryOf(owner))));
    storage.break();
    await expect(ledger.flush()).rejects.toThrow('took the database away');
    await Promise.all(Array.from({ length: 50 }, () => ledger.settle(entryOf(owner))));
    expect(counters.spendOf(subject)).toBe(200 * 19_000);
    storage.mend();
    await ledger.flush();
    expect(counters.spendOf(subject)).toBe(200 * 19_000);
    expect((await spendOf(app, owner.key)).key).toBe(200 * 19_000);
    expect(failures.length).toBeGreaterThan(0);
    await ledger.close();
  });

  test('are not stopped by an answer that the database refuses: it alone is set aside, in a file, and told', async () => {
    const owner = await makePersonalKey(app);
    const failures: unknown[] = [];
    const journalFolder = join(folder, owner.userId);
    const ledger = openLedger({
      storage,
      journal: openJournal(journalFolder),
      counters: createMemoryCounters(subjectNamesOf),
      chargeSpend,
      onFoldFailure: (error) => failures.push(error),
    });
    const refused = entryOf(owner, { model: null });
    const entries = [...Array.from({ length: 20 }, () => entryOf(owner)), refused, entryOf(owner)];
    await Promise.all(entries.map((entry) => ledger.settle(entry)));
    await ledger.flush();
    expect((await spendOf(app, owner.key)).key).toBe(21 * 19_000);
    expect(failures).toHaveLength(1);
    const [line] = readFileSync(join(journalFolder, 'set-aside.log'), 'utf8').split('\n');
    expect(JSON.parse(line ?? '')).toEqual({ reason: expect.stringMatching(/null/i), entry: refused });
    await ledger.settle(entryOf(owner));
    await ledger.flush();
    expect((await spendOf(app, owner.key)).key).toBe(22 * 19_000);
    await ledger.close();
  });

  test('count no answer twice when a fold fails halfway through', async () => {
    const owner = await makePersonalKey(app);
    const counters = createMemoryCounters(subjectNamesOf);
    // The first transaction goes through whole (key and owner), of the next one only the key.
    let charges = 3;
    let late: Promise<void> | null = null;
    const ledger = openLedger({
      storage,
      journal: openJournal(join(folder, owner.userId)),
      counters,
      chargeSpend: (...charge) => {
        charges -= 1;
        if (charges === 999) late = ledger.settle(entryOf(owner));
        return charges < 0 ? Promise.reject(new Error('away in the middle')) : chargeSpend(...charge);
      },
      onFoldFailure: () => undefined,
    });
    const subject = `key:${hashSecret(owner.key)}`;
    await Promise.all(Array.from({ length: 1_600 }, () => ledger.settle(entryOf(owner))));
    await expect(ledger.flush()).rejects.toThrow('away in the middle');
    expect(counters.spendOf(subject)).toBe(1_600 * 19_000);
    charges = 1_000;
    await ledger.flush();
    await late;
    expect(counters.spendOf(subject)).toBe(1_601 * 19_000);
    await ledger.flush();
    expect(counters.spendOf(subject)).toBe(1_601 * 19_000);
    expect((await spendOf(app, owner.key)).key).toBe(1_601 * 19_000);
    await ledger.close();
  });
});
