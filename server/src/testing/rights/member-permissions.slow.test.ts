import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWorld, credentialOf, hashOf, type World } from './build-world.ts';
import { callers } from './callers.ts';
import { type DatabaseSnapshot, takeSnapshot } from './database-snapshot.ts';
import { idOf } from './people.ts';
import { sendInProcess } from './send-in-process.ts';

/** What a plain member tries, on a team key of their own and on those of others in the team. */
const attempts = {
  'see: own': ['GET', '/key/info', (world: World) => ({ key: hashOf(world, 'max-red') })],
  'see: a mate’s': ['GET', '/key/info', (world: World) => ({ key: hashOf(world, 'mia-red') })],
  'see: the team’s': ['GET', '/key/info', (world: World) => ({ key: hashOf(world, 'red-service') })],
  create: ['POST', '/key/generate', () => ({ team_id: idOf('red') })],
  'create for a mate': ['POST', '/key/generate', () => ({ team_id: idOf('red'), user_id: idOf('mia') })],
  'create for the team': ['POST', '/key/service-account/generate', () => ({ team_id: idOf('red'), key_alias: 'made' })],
  'update: own': ['POST', '/key/update', (world: World) => ({ key: hashOf(world, 'max-red'), rpm_limit: 1 })],
  'update: a mate’s': ['POST', '/key/update', (world: World) => ({ key: hashOf(world, 'mia-red'), rpm_limit: 1 })],
  'update a budget': ['POST', '/key/update', (world: World) => ({ key: hashOf(world, 'max-red'), max_budget: 1 })],
  'regenerate: own': ['POST', '/key/regenerate', (world: World) => ({ key: hashOf(world, 'max-red') })],
  'regenerate: a mate’s': ['POST', '/key/regenerate', (world: World) => ({ key: hashOf(world, 'mia-red') })],
  'delete: own': ['POST', '/key/delete', (world: World) => ({ keys: [hashOf(world, 'max-red')] })],
  'delete: a mate’s': ['POST', '/key/delete', (world: World) => ({ keys: [hashOf(world, 'mia-red')] })],
  'block: own': ['POST', '/key/block', (world: World) => ({ key: hashOf(world, 'max-red') })],
  'block: a mate’s': ['POST', '/key/block', (world: World) => ({ key: hashOf(world, 'mia-red') })],
  'reset the spend': [
    'POST',
    '/key/{key}/reset_spend',
    (world: World) => ({ key: hashOf(world, 'max-red'), reset_to: 0 }),
  ],
  'change all': [
    'POST',
    '/team/key/bulk_update',
    () => ({ team_id: idOf('red'), all_keys_in_team: true, update_fields: { rpm_limit: 1 } }),
  ],
} as const satisfies Record<string, readonly ['GET' | 'POST', string, (world: World) => Record<string, unknown>]>;

type Attempt = keyof typeof attempts;

/** What every member of a team may do with it, whatever it grants: see and delete keys of their own. */
const always: readonly Attempt[] = ['see: own', 'delete: own'];

/** What each permission adds (contract 1.7). Deleting, blocking and budgets stay with owners and admins. */
const grants: Readonly<Record<string, readonly Attempt[]>> = {
  '/key/info': ['see: a mate’s', 'see: the team’s'],
  '/key/generate': ['create'],
  '/key/service-account/generate': ['create for the team'],
  '/key/update': ['update: own', 'update: a mate’s'],
  '/key/regenerate': ['regenerate: own'],
  '/key/{key_id}/regenerate': ['regenerate: own'],
  '/key/delete': [],
  '/key/block': [],
  '/key/unblock': [],
  '/key/bulk_update': [],
  '/key/list': [],
  '/key/health': [],
  '/team/daily/activity': [],
};

describe('What a team grants its plain members', () => {
  let world: World;
  let snapshot: DatabaseSnapshot;
  beforeAll(async () => {
    world = await buildWorld();
    snapshot = await takeSnapshot(world.app.storage);
  });
  afterAll(() => world.app.close());

  const credentialNamed = (name: string): string => {
    const caller = callers.find((candidate) => candidate.name === name);
    if (!caller) throw new Error(`There is no caller ${name}.`);
    return credentialOf(world, caller);
  };

  async function succeed(permissions: readonly string[] | null, caller: string): Promise<Attempt[]> {
    const succeeded: Attempt[] = [];
    for (const [attempt, [method, path, input]] of Object.entries(attempts)) {
      const granted = await world.app.send('POST', '/team/update', {
        body: { team_id: idOf('red'), team_member_permissions: permissions },
      });
      expect(granted.status, granted.text).toBe(200);
      const endpoint = { method, inputIn: method === 'GET' ? 'query' : 'body' } as const;
      const credential = credentialNamed(caller);
      const answer = await sendInProcess(world.app, { endpoint, path, input: input(world), credential });
      if (answer.status === 200) succeeded.push(attempt as Attempt);
      else expect([400, 401, 403], `${attempt}: ${answer.text}`).toContain(answer.status);
      await snapshot.restore(await snapshot.changedTables());
    }
    return succeeded.sort();
  }

  test.each(Object.entries(grants))('%s adds: %j', async (permission, added) => {
    expect(await succeed([permission], 'max-key')).toEqual([...always, ...added].sort());
  });

  test('a team that says nothing lets them see its keys', async () => {
    expect(await succeed(null, 'max-key')).toEqual([...always, 'see: a mate’s', 'see: the team’s'].sort());
  });

  test('whose role only views is granted nothing but a look', async () => {
    // What is max's own is a mate's to vic.
    const seen: Attempt[] = ['see: own', 'see: a mate’s', 'see: the team’s'];
    expect(await succeed(Object.keys(grants), 'vic-key')).toEqual(seen.sort());
  });

  test('outsiders get nothing from what a team grants', async () => {
    expect(await succeed(Object.keys(grants), 'uma-key')).toEqual([]);
  });

  test('/key/list shows all keys of the team, and /team/daily/activity all that was spent in it', async () => {
    const seenBy = async (permissions: readonly string[]) => {
      await world.app.send('POST', '/team/update', {
        body: { team_id: idOf('red'), team_member_permissions: permissions },
      });
      const credential = credentialNamed('max-key');
      const get = async (path: string, input: Record<string, unknown>) => {
        const endpoint = { method: 'GET', inputIn: 'query' } as const;
        return sendInProcess(world.app, { endpoint, path, input, credential });
      };
      const listed = await get('/key/list', { team_id: idOf('red'), include_team_keys: true });
      const day = { start_date: '2026-11-25', end_date: '2026-11-25' };
      const activity = await get('/team/daily/activity', { ...day, team_ids: idOf('red') });
      await snapshot.restore(await snapshot.changedTables());
      const mates = hashOf(world, 'mia-red');
      return [listed.text.includes(mates), activity.text.includes(mates)];
    };
    expect(await seenBy(['/key/info'])).toEqual([false, false]);
    expect(await seenBy(['/key/list'])).toEqual([true, false]);
    expect(await seenBy(['/team/daily/activity'])).toEqual([false, true]);
  });
});
