import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadBudgetState } from '../management/alerts/load-budget-states.ts';
import { warnOfExpiringKeys } from '../management/alerts/warn-of-expiring-keys.ts';
import { listOutbox } from '../management/email/list-outbox.ts';
import type { Parts } from '../management/parts.ts';
import { migrations } from '../migrations.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { startTestApp, type TestApp, testSettings } from '../testing/start-test-app.ts';
import { type WatchedStorage, watchStorage } from '../testing/watch-plans.ts';
import { claimNext } from './claim-messages.ts';

let storage: Storage;
let watched: WatchedStorage;
let app: TestApp;
let parts: Parts;

beforeAll(async () => {
  storage = await openStorage({ url: 'sqlite::memory:', migrations });
  watched = watchStorage(storage);
  const { mail } = testSettings();
  const values = { resend_api_key: 'unused', resend_sender_email: 'gateway@example.com' };
  app = await startTestApp({ storage, settings: { mail: { ...mail, values, resendBaseUrl: 'http://127.0.0.1:9' } } });
  parts = { ...app.app.parts, storage: watched.storage };
});
beforeEach(() => watched.takeScans());
afterAll(() => app.close());

test('the queue is worked through and looked at by indexes', async () => {
  for (const channel of ['email', 'slack', 'webhook'] as const)
    await claimNext(watched.storage.db, channel, Date.now());
  for (const status of [undefined, 'waiting', 'sent', 'failed', 'withdrawn'] as const) {
    for (const before of [undefined, '1764000000000:0f8fad5b-d9cb-469f-a165-70867728950e'])
      await listOutbox(parts, { status, before });
  }
  await watched.storage.db.transaction().execute(async (tx) => {
    const data = { asker: 'a test', transport: 'resend', link: null };
    await parts.mail.enqueue(tx, { event: 'Test Mail', to: [{ email: 'ann@acme.io' }], data });
  });
  expect(await watched.takeScans()).toEqual([]);
});

test('keys and budgets are found by indexes', async () => {
  await warnOfExpiringKeys(parts);
  const { db } = watched.storage;
  await loadBudgetState(db, { kind: 'key', keyHash: 'x' }, 0);
  await loadBudgetState(db, { kind: 'user', userId: 'x' }, 0);
  await loadBudgetState(db, { kind: 'team', teamId: 'x' }, 0);
  await loadBudgetState(db, { kind: 'member', teamId: 'x', userId: 'x' }, 0);
  await loadBudgetState(db, { kind: 'organization', organizationId: 'x' }, 0);
  await loadBudgetState(db, { kind: 'organization-member', organizationId: 'x', userId: 'x' }, 0);
  expect(await watched.takeScans()).toEqual([]);
});

test('what reads a whole table would be seen', async () => {
  await watched.storage.db.selectFrom('outgoing_messages').select('subject').where('subject', '=', 'x').execute();
  expect(await watched.takeScans()).toHaveLength(1);
});
