import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { journalEntry } from '../../testing/journal-entry.ts';
import { type CaughtMail, type MailServer, mailValuesFor, startMailServer } from '../../testing/mail-server.ts';
import { startTestApp, type TestApp, testSettings } from '../../testing/start-test-app.ts';
import { resetDueBudgets } from '../budgets/index.ts';
import { warnOfExpiringKeys } from './warn-of-expiring-keys.ts';

const dayMs = 86_400_000;

describeOnEachEngine('A warning', (openStorage) => {
  let server: MailServer;
  let app: TestApp;
  let now = Date.parse('2026-11-25T15:00:00Z');
  let seen = 0;

  beforeAll(async () => {
    server = await startMailServer();
    const { mail } = testSettings();
    app = await startTestApp({
      storage: await openStorage(),
      now: () => now,
      settings: {
        mail: { ...mail, values: mailValuesFor(server) },
        proxyBaseUrl: 'https://llm.acme.io',
        serverRootPath: '/gateway',
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await server.stop();
  });

  const post = async (path: string, body: Record<string, unknown>) => {
    const answer = await app.send('POST', path, { body });
    expect(answer.status, `${path} ${answer.text}`).toBe(200);
    return answer.json();
  };
  const addUser = async (userId: string, more: Record<string, unknown> = {}) =>
    post('/user/new', { user_id: userId, user_email: `${userId}@acme.io`, auto_create_key: false, ...more });
  const addKey = async (body: Record<string, unknown>) => {
    const { key } = await post('/key/generate', body);
    return createHash('sha256').update(String(key)).digest('hex');
  };
  let calls = 0;
  /** Settles one answer of that many dollars. */
  const spend = async (
    owners: { key_hash: string; user_id?: string; team_id?: string; organization_id?: string },
    usd: number,
  ) => {
    calls += 1;
    await app.app.ledger.settle(
      journalEntry({
        request_id: `call-${calls}`,
        started_at: now,
        user_id: '',
        team_id: '',
        ...owners,
        spend_nano_usd: Math.round(usd * 1e9),
      }),
    );
    await app.flush();
  };
  /** The mails that came since the last look, once everything that was charged was looked at and is sent. */
  const arrived = async (): Promise<readonly CaughtMail[]> => {
    await app.app.watch.check();
    for (;;) {
      const waiting = await app.storage.db
        .selectFrom('outgoing_messages')
        .select('message_id')
        .where('due_at', 'is not', null)
        .execute();
      if (waiting.length === 0) break;
      app.app.sender.wake();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const mails = server.caught.slice(seen);
    seen = server.caught.length;
    return mails;
  };
  const subjectsAndPeople = (mails: readonly CaughtMail[]) => mails.map(({ to, mail }) => `${to}: ${mail.subject}`);

  it('of a key’s soft budget, of 80 % and of 100 % of its budget comes once each, and again in the next period', async () => {
    await addUser('ann');
    const key_hash = await addKey({
      user_id: 'ann',
      key_alias: 'laptop',
      soft_budget: 5,
      max_budget: 10,
      budget_duration: '30d',
    });
    const owners = { key_hash, user_id: 'ann' };
    await spend(owners, 4.99);
    expect(await arrived()).toEqual([]);
    await spend(owners, 0.01);
    const [soft, ...more] = await arrived();
    expect(more).toEqual([]);
    expect(soft?.to).toEqual(['ann@acme.io']);
    expect(soft?.mail.subject).toBe('Soft budget crossed: $5 spent by your key laptop');
    const link = `https://llm.acme.io/gateway/ui/keys/${key_hash}`;
    expect(soft?.mail.html).toContain(`href="${link}"`);
    expect(soft?.mail.text).toContain(`\n${link}\n`);
    await spend(owners, 1);
    expect(await arrived()).toEqual([]);
    await spend(owners, 2);
    expect(subjectsAndPeople(await arrived())).toEqual(['ann@acme.io: 80 % of the budget of your key laptop is spent']);
    await spend(owners, 1);
    await spend(owners, 0.5);
    expect(await arrived()).toEqual([]);
    await spend(owners, 0.5);
    await spend(owners, 0.5);
    expect(subjectsAndPeople(await arrived())).toEqual(['ann@acme.io: The budget of your key laptop is used up']);
    // Another secret makes no other key of it.
    const rotated = await app.send('POST', '/key/regenerate', { body: { key: key_hash } });
    const next = createHash('sha256').update(String(rotated.json()['key'])).digest('hex');
    await spend({ ...owners, key_hash: next }, 0.1);
    expect(subjectsAndPeople(await arrived())).toEqual(['ann@acme.io: Your key laptop was replaced']);
    now += 32 * dayMs;
    await resetDueBudgets(app.app.parts);
    await spend({ ...owners, key_hash: next }, 8.5);
    expect(subjectsAndPeople(await arrived())).toEqual([
      'ann@acme.io: Soft budget crossed: $8.50 spent by your key laptop',
      'ann@acme.io: 80 % of the budget of your key laptop is spent',
    ]);
  });

  it('of a budget that is used up at once does not speak of 80 % too', async () => {
    await addUser('ben', { max_budget: 2 });
    const key_hash = await addKey({ user_id: 'ben' });
    await spend({ key_hash, user_id: 'ben' }, 2);
    expect(subjectsAndPeople(await arrived())).toEqual(['ben@acme.io: The budget of your own keys is used up']);
  });

  it('comes again when the budget was raised and is used up again', async () => {
    await addUser('cid', { max_budget: 1 });
    const owners = { key_hash: await addKey({ user_id: 'cid' }), user_id: 'cid' };
    await spend(owners, 1);
    expect(await arrived()).toHaveLength(1);
    await post('/user/update', { user_id: 'cid', max_budget: 4 });
    await spend(owners, 1);
    expect(await arrived()).toEqual([]);
    await spend(owners, 2);
    expect(subjectsAndPeople(await arrived())).toEqual(['cid@acme.io: The budget of your own keys is used up']);
  });

  it('of a team’s soft budget goes to its admins once in each period, and again when the soft budget was raised', async () => {
    await addUser('soft-lead');
    await post('/team/new', {
      team_id: 'soft',
      team_alias: 'Soft',
      soft_budget: 2,
      budget_duration: '30d',
      members_with_roles: [{ role: 'admin', user_id: 'soft-lead' }],
    });
    const owners = { key_hash: await addKey({ team_id: 'soft' }), team_id: 'soft' };
    await spend(owners, 1.99);
    expect(await arrived()).toEqual([]);
    await spend(owners, 0.01);
    const [first, ...more] = await arrived();
    expect(more).toEqual([]);
    expect(first?.to).toEqual(['soft-lead@acme.io']);
    expect(first?.mail.subject).toBe('Soft budget crossed: $2 spent by the team Soft');
    await spend(owners, 1);
    expect(await arrived()).toEqual([]);
    await post('/team/update', { team_id: 'soft', soft_budget: 4 });
    expect(await arrived()).toEqual([]);
    await spend(owners, 1);
    expect(subjectsAndPeople(await arrived())).toEqual([
      'soft-lead@acme.io: Soft budget crossed: $4 spent by the team Soft',
    ]);
    now += 32 * dayMs;
    await resetDueBudgets(app.app.parts);
    await spend(owners, 4.5);
    expect(subjectsAndPeople(await arrived())).toEqual([
      'soft-lead@acme.io: Soft budget crossed: $4.50 spent by the team Soft',
    ]);
  });

  it('of a team goes to each of its admins by themselves, of a membership to the member', async () => {
    await addUser('lead-1');
    await addUser('lead-2');
    await addUser('dan');
    await post('/team/new', {
      team_id: 'research',
      team_alias: 'Research',
      max_budget: 10,
      members_with_roles: [
        { role: 'admin', user_id: 'lead-1' },
        { role: 'admin', user_id: 'lead-2' },
      ],
    });
    await post('/team/member_add', {
      team_id: 'research',
      member: { role: 'user', user_id: 'dan' },
      max_budget_in_team: 8,
    });
    const key_hash = await addKey({ user_id: 'dan', team_id: 'research' });
    await spend({ key_hash, user_id: 'dan', team_id: 'research' }, 8);
    expect(subjectsAndPeople(await arrived()).sort()).toEqual([
      'dan@acme.io: The budget of your keys in the team Research is used up',
      'lead-1@acme.io: 80 % of the budget of the team Research is spent',
      'lead-2@acme.io: 80 % of the budget of the team Research is spent',
    ]);
  });

  it('of an organization goes to its admins, of a share in it to the person', async () => {
    await addUser('org-lead');
    await addUser('gil');
    const { db } = app.storage;
    await post('/budget/new', { budget_id: 'of-acme', max_budget: 10 });
    const made = { created_at: now, created_by: '', updated_at: now, updated_by: '' };
    const none = { models: '[]', metadata: '{}', model_rpm_limit: '{}', model_tpm_limit: '{}' };
    const acme = { organization_id: 'acme', organization_alias: 'Acme', ...none };
    await db
      .insertInto('organizations')
      .values({ ...acme, budget_id: 'of-acme', spend_nano_usd: 0, ...made })
      .execute();
    const member = { organization_id: 'acme', spend_nano_usd: 0, created_at: now, updated_at: now };
    await db
      .insertInto('organization_members')
      .values([
        { ...member, user_id: 'org-lead', role: 'org_admin', max_budget_nano_usd: null },
        { ...member, user_id: 'gil', role: 'internal_user', max_budget_nano_usd: 9_000_000_000 },
      ])
      .execute();
    await post('/team/new', { team_id: 'of-acme' });
    await db.updateTable('teams').set({ organization_id: 'acme' }).where('team_id', '=', 'of-acme').execute();
    const key_hash = await addKey({ user_id: 'gil', team_id: 'of-acme' });
    await spend({ key_hash, user_id: 'gil', team_id: 'of-acme', organization_id: 'acme' }, 9);
    expect(subjectsAndPeople(await arrived()).sort()).toEqual([
      'gil@acme.io: The budget of your keys in the organization Acme is used up',
      'org-lead@acme.io: 80 % of the budget of the organization Acme is spent',
    ]);
  });

  it('of a key comes for a budget that it shares with others, and again after the window of that budget', async () => {
    await addUser('hal');
    await post('/budget/new', { budget_id: 'shared', max_budget: 5, soft_budget: 2, budget_duration: '7d' });
    const key_hash = await addKey({ user_id: 'hal', key_alias: 'shared one', budget_id: 'shared' });
    await spend({ key_hash, user_id: 'hal' }, 5);
    expect(subjectsAndPeople(await arrived()).sort()).toEqual([
      'hal@acme.io: Soft budget crossed: $5 spent by your key shared one',
      'hal@acme.io: The budget of your key shared one is used up',
    ]);
    now += 8 * dayMs;
    await resetDueBudgets(app.app.parts);
    await spend({ key_hash, user_id: 'hal' }, 4);
    expect(subjectsAndPeople(await arrived()).sort()).toEqual([
      'hal@acme.io: 80 % of the budget of your key shared one is spent',
      'hal@acme.io: Soft budget crossed: $4 spent by your key shared one',
    ]);
  });

  it('reaches others when a budget cannot be looked at', async () => {
    await addUser('ivy', { max_budget: 1 });
    const key_hash = await addKey({ user_id: 'ivy' });
    const { storage } = app;
    const other = await startTestApp({ storage, now: () => now, settings: { ...app.app.parts.settings } });
    await storage.db.updateTable('users').set({ spend_nano_usd: 1e9 }).where('user_id', '=', 'ivy').execute();
    other.app.watch.saw([
      { subject: 'member:no list of names', spendNanoUsd: 1 },
      { subject: `key:${key_hash}`, spendNanoUsd: 1 },
      { subject: 'user:ivy', spendNanoUsd: 1e9 },
    ]);
    await expect(other.app.watch.check()).rejects.toThrow(SyntaxError);
    await other.app.close(100);
    expect(subjectsAndPeople(await arrived())).toEqual(['ivy@acme.io: The budget of your own keys is used up']);
  });

  it('is not lost with a process that died before it looked', async () => {
    await addUser('eva', { max_budget: 1 });
    const key_hash = await addKey({ user_id: 'eva' });
    const { storage } = app;
    await storage.db.updateTable('users').set({ spend_nano_usd: 1e9 }).where('user_id', '=', 'eva').execute();
    const row = journalEntry({ request_id: 'last-words', started_at: now, key_hash, user_id: 'eva', team_id: '' });
    await storage.db.insertInto('request_logs').values(row).execute();
    const next = await startTestApp({ storage, now: () => now, settings: { ...app.app.parts.settings } });
    await next.app.watch.check();
    await next.app.close(100);
    expect(subjectsAndPeople(await arrived())).toEqual(['eva@acme.io: The budget of your own keys is used up']);
  });

  it('of a key that stops working comes a week and a day ahead, once each, whoever looks and how often', async () => {
    await addUser('fay');
    await addKey({ user_id: 'fay', key_alias: 'long', duration: '30d' });
    await addKey({ user_id: 'fay', key_alias: 'short', duration: '3d' });
    await addKey({ user_id: 'fay', key_alias: 'for today', duration: '20h' });
    const look = async () => {
      const { storage } = app;
      const others = await Promise.all(
        [0, 1].map(() => startTestApp({ storage, now: () => now, settings: { ...app.app.parts.settings } })),
      );
      await Promise.all(others.map((other) => other.app.watch.check()));
      for (const other of others) await other.app.close(100);
      return subjectsAndPeople(await arrived()).filter((line) => line.startsWith('fay'));
    };
    expect(await look()).toEqual([]);
    now += 2.1 * dayMs;
    expect(await look()).toEqual(['fay@acme.io: Your key short stops working tomorrow']);
    expect(await look()).toEqual([]);
    now += 21 * dayMs;
    expect(await look()).toEqual(['fay@acme.io: Your key long stops working in 7 days']);
    expect(await look()).toEqual([]);
    now += 6 * dayMs;
    expect(await look()).toEqual(['fay@acme.io: Your key long stops working tomorrow']);
    now += 2 * dayMs;
    expect(await look()).toEqual([]);
  });

  it('of a key that stops working says in how many days, also where nobody looked in time', async () => {
    await addUser('guy');
    await addKey({ user_id: 'guy', key_alias: 'forgotten', duration: '30d' });
    const look = async () => {
      await warnOfExpiringKeys(app.app.parts);
      return subjectsAndPeople(await arrived()).filter((line) => line.startsWith('guy'));
    };
    now += 25.9 * dayMs;
    expect(await look()).toEqual(['guy@acme.io: Your key forgotten stops working in 4 days']);
    now += 3.9 * dayMs;
    expect(await look()).toEqual(['guy@acme.io: Your key forgotten stops working today']);
    expect(await look()).toEqual([]);
  });
});
