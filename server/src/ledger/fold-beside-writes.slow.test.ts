import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePersonalKey, makeTeamKey, type TestKey } from '../testing/make-key.ts';
import { type Instances, startInstances } from '../testing/start-instances.ts';
import { testDeployment } from '../testing/start-test-app.ts';
import { type FakeUpstream, startUpstream } from '../testing/upstream.ts';

const durationMs = 8_000;

let upstream: FakeUpstream;
let instances: Instances;
beforeAll(async () => {
  upstream = await startUpstream();
  instances = await startInstances({ demoMode: false, models: [testDeployment('gpt', upstream.url)] });
});
afterAll(async () => {
  await instances.close();
  await upstream.close();
});

async function deadlocks(): Promise<number> {
  const { rows } = await sql<{ deadlocks: number }>`
    select deadlocks from pg_stat_database where datname = current_database()
  `.execute(instances.one.storage.db);
  return rows[0]?.deadlocks ?? 0;
}

/** Everything that may be written about a key, its owner, their team and its customers while they are charged. */
function writesAbout(personal: TestKey, team: TestKey & { teamId: string }, mate: TestKey): [string, unknown][] {
  const member = { team_id: team.teamId, user_id: team.userId };
  const amount = () => 1_000 + Math.random();
  return [
    ['/key/update', { key: personal.key, max_budget: amount() }],
    ['/key/update', { key: team.key, max_budget: amount() }],
    ['/key/bulk_update', { keys: [personal, team].map(({ key }) => ({ key, max_budget: amount() })) }],
    ['/key/block', { key: mate.key }],
    ['/key/unblock', { key: mate.key }],
    [`/key/${personal.key}/reset_spend`, { reset_to: 0 }],
    ['/key/generate', { user_id: team.userId, team_id: team.teamId }],
    ['/user/update', { user_id: personal.userId, max_budget: amount() }],
    ['/user/bulk_update', { users: [team, personal].map(({ userId }) => ({ user_id: userId, max_budget: amount() })) }],
    ['/user/disable', { user_ids: [mate.userId] }],
    ['/user/enable', { user_ids: [mate.userId] }],
    ['/team/update', { team_id: team.teamId, max_budget: amount() }],
    ['/team/member_update', { ...member, max_budget_in_team: amount() }],
    [`/team/${team.teamId}/member/${team.userId}/reset_spend`, { reset_to: 0 }],
    ['/team/member_add', { team_id: team.teamId, member: { user_id: mate.userId, role: 'user' } }],
    ['/team/member_delete', { team_id: team.teamId, user_id: mate.userId }],
    ['/team/block', { team_id: team.teamId }],
    ['/team/unblock', { team_id: team.teamId }],
    ['/customer/update', { user_id: 'customer', max_budget: amount() }],
    ['/customer/block', { user_ids: ['customer'] }],
    ['/customer/unblock', { user_ids: ['customer'] }],
    ['/global/spend/reset', {}],
  ];
}

test('whatever is written while answers are folded on two instances, no transaction waits for another for ever', async () => {
  const { one, other } = instances;
  const team = await makeTeamKey(one);
  const mate = await makeTeamKey(one);
  const personal = await makePersonalKey(one);
  const endsAt = Date.now() + durationMs;
  const failures: string[] = [];
  const body = { model: 'gpt', user: 'customer', messages: [{ role: 'user', content: 'Hello' }] };
  let answers = 0;
  const traffic = [one, other].flatMap((app) =>
    [team.key, personal.key, mate.key].map(async (key) => {
      while (Date.now() < endsAt) {
        const answer = await app.send('POST', '/v1/chat/completions', { key, body });
        if (answer.status === 200) answers += 1;
        if (answer.status >= 500) failures.push(answer.text);
        await app.flush();
      }
    }),
  );
  const writers = [one, other, one, other].map(async (app, offset) => {
    for (let turn = offset * 5; Date.now() < endsAt; turn += 1) {
      const writes = writesAbout(personal, team, mate);
      const [path, write] = writes[turn % writes.length] ?? ['', {}];
      const answer = await app.send('POST', path, { body: write });
      if (answer.status >= 500) failures.push(`${path} ${answer.text}`);
    }
  });
  await Promise.all([...traffic, ...writers]);
  expect(failures).toEqual([]);
  expect(answers).toBeGreaterThan(20);
  // PostgreSQL counts them a moment later.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await deadlocks()).toBe(0);
});
