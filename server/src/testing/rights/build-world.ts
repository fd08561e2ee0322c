import { hashSecret } from '../../management/keys/key-secret.ts';
import { migrations } from '../../migrations.ts';
import { openStorage, type Storage } from '../../storage/open-storage.ts';
import { testPassword } from '../make-person.ts';
import { startTestApp, type TestApp, testDeployment, testMasterKey } from '../start-test-app.ts';
import type { Caller, KeyType } from './callers.ts';
import {
  homeOf,
  idOf,
  names,
  type OrganizationName,
  organizationNames,
  type Person,
  people,
  privateText,
  roleIn,
  roleInOrganization,
  type TeamName,
  teamNames,
  teams,
} from './people.ts';

/** Wednesday; no clock runs while the walks walk. */
export const worldTime = Date.parse('2026-11-25T15:10:30Z');

/** A gateway with everybody and everything in it. */
export interface World {
  readonly app: TestApp;
  /** Secrets of the keys by their names. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Session tokens by the names of the people. */
  readonly sessions: ReadonlyMap<string, string>;
  /** Ids of what the gateway named itself: invitations, audit entries, requests. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Who was added by a list. */
export const importedUsers = [{ user_email: `${privateText('imported')}@example.com` }];

/** Keys that work no more. */
export const deadCredentials = [
  ...['expired', 'blocked', 'deleted', 'of a blocked team', 'of a deleted team'],
  ...['of somebody disabled', 'of somebody deleted', 'of somebody who left the team'],
] as const;

/**
 * Builds the world through the API, as the holder of the master key.
 * @param storage an open database; without it, SQLite in memory.
 */
export async function buildWorld(storage?: Storage): Promise<World> {
  const cache = { mode: 'default_on', ttlMs: null, maxBytes: 1_000_000, namespace: null, callTypes: [] } as const;
  const app = await startTestApp({
    settings: {
      models: [testDeployment('gpt', 'mock://gpt', { mockResponse: 'Hello there.' })],
      demoMode: false,
      // With a response cache, since its ping says 503 where there is none.
      cache: { ...cache, enabled: true },
      availableTeams: ['id-of-nothing'],
    },
    now: () => worldTime,
    storage: storage ?? (await openStorage({ url: 'sqlite::memory:', migrations })),
  });
  const secrets = new Map<string, string>();
  const sessions = new Map<string, string>();
  const ids = new Map<string, string>();
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await app.send(path === '/organization/member_update' ? 'PATCH' : 'POST', path, { body });
    if (answer.status !== 200) throw new Error(`The world was refused: ${path} ${answer.status} ${answer.text}`);
    return answer.json();
  };
  const makeKey = async (name: string, fields: Record<string, unknown>) => {
    const made = await post('/key/generate', {
      key_alias: privateText(name),
      metadata: { note: privateText(name) },
      ...fields,
    });
    secrets.set(name, String(made['key']));
  };

  for (const organization of organizationNames) await makeOrganization(post, organization);
  for (const name of names) await makePersonOf(post, name);
  await post('/user/new', { user_id: 'id-of-newcomer', auto_create_key: false });
  await post('/user/new', { user_id: 'id-of-gus', organizations: [idOf('umbra')], auto_create_key: false });
  for (const organization of organizationNames) await joinOrganization(post, organization);
  for (const team of teamNames) await makeTeam(post, team);
  for (const name of names) {
    await makeKey(`${name}-key`, { user_id: idOf(name) });
    for (const team of teamNames) {
      if (roleIn(name, team) !== null) await makeKey(`${name}-${team}`, { user_id: idOf(name), team_id: idOf(team) });
    }
  }
  for (const keyType of ['llm_api', 'management', 'read_only'] satisfies KeyType[]) {
    for (const name of ['root', 'max'] as const) {
      await makeKey(`${name}-${keyType}`, { user_id: idOf(name), key_type: keyType });
    }
  }
  for (const team of teamNames) await makeKey(`${team}-service`, { team_id: idOf(team) });
  await makeKey('omar-acme', { user_id: idOf('omar'), organization_id: idOf('acme') });
  await makeKey('gil-umbra', { user_id: idOf('gil'), organization_id: idOf('umbra') });
  await makeKey('ghost-key', { user_id: idOf('ghost') });
  await makeKey('nobodys-key', {});
  await makeDeadKeys(app, post, makeKey);
  for (const name of ['root', 'vera', 'max', 'vic', 'olga'] as const) sessions.set(name, await signIn(app, post, name));
  await makeThings(app, post, secrets, ids);
  return { app, secrets, sessions, ids };
}

type Post = (path: string, body: unknown) => Promise<Record<string, unknown>>;

async function makeOrganization(post: Post, organization: OrganizationName): Promise<void> {
  await post('/organization/new', {
    organization_id: idOf(organization),
    organization_alias: privateText(`organization-${organization}`),
    metadata: { note: privateText(`organization-${organization}`) },
  });
}

async function joinOrganization(post: Post, organization: OrganizationName): Promise<void> {
  for (const name of names) {
    const role = roleInOrganization(name, organization);
    if (role === null) continue;
    // Whose account was made here is a plain member already.
    if (homeOf(name) === organization && role === 'internal_user') continue;
    const member = { user_id: idOf(name), role };
    const path = homeOf(name) === organization ? '/organization/member_update' : '/organization/member_add';
    await post(path, { organization_id: idOf(organization), ...(path.endsWith('add') ? { member } : member) });
  }
}

async function makePersonOf(post: Post, name: keyof typeof people): Promise<void> {
  const person: Person = people[name];
  const home = homeOf(name);
  await post('/user/new', {
    user_id: idOf(name),
    user_email: `${privateText(name)}@example.com`,
    user_alias: privateText(`user-${name}`),
    user_role: person.role,
    metadata: { note: privateText(`user-${name}`) },
    auto_create_key: false,
    ...(home === null ? {} : { organizations: [idOf(home)] }),
  });
}

async function makeTeam(post: Post, team: TeamName): Promise<void> {
  await post('/team/new', {
    team_id: idOf(team),
    team_alias: privateText(`team-${team}`),
    organization_id: teams[team] === null ? null : idOf(teams[team]),
    metadata: { note: privateText(`team-${team}`) },
    members_with_roles: [
      ...names.flatMap((name) => {
        const role = roleIn(name, team);
        return role === null ? [] : [{ user_id: idOf(name), role }];
      }),
    ],
  });
  // The gateway makes the creator its admin.
  await post('/team/member_delete', { team_id: idOf(team), user_id: 'default_user_id' });
}

async function makeDeadKeys(
  app: TestApp,
  post: Post,
  makeKey: (name: string, fields: Record<string, unknown>) => Promise<void>,
): Promise<void> {
  await post('/user/new', { user_id: 'id-of-disabled', auto_create_key: false });
  await post('/team/new', { team_id: 'id-of-blocked-team' });
  const owner = { user_id: idOf('root') };
  await makeKey('expired', owner);
  const expired = { key_alias: privateText('expired') };
  await app.storage.db
    .updateTable('keys')
    .set({ expires_at: worldTime - 1 })
    .where('key_alias', '=', expired.key_alias)
    .execute();
  await makeKey('blocked', { ...owner, blocked: true });
  await makeKey('deleted', owner);
  await post('/key/delete', { key_aliases: [privateText('deleted')] });
  await makeKey('of somebody disabled', { user_id: 'id-of-disabled' });
  await post('/user/disable', { user_ids: ['id-of-disabled'] });
  await makeKey('of a blocked team', { ...owner, team_id: 'id-of-blocked-team' });
  await post('/team/block', { team_id: 'id-of-blocked-team' });
  await post('/user/new', { user_id: 'id-of-deleted', auto_create_key: false });
  await makeKey('of somebody deleted', { user_id: 'id-of-deleted' });
  await post('/user/delete', { user_ids: ['id-of-deleted'] });
  await post('/team/new', { team_id: 'id-of-deleted-team' });
  await makeKey('of a deleted team', { ...owner, team_id: 'id-of-deleted-team' });
  await post('/team/delete', { team_ids: ['id-of-deleted-team'] });
  await post('/team/member_add', { team_id: idOf('red'), member: { user_id: 'id-of-newcomer', role: 'user' } });
  await makeKey('of somebody who left the team', { user_id: 'id-of-newcomer', team_id: idOf('red') });
  await post('/team/member_delete', { team_id: idOf('red'), user_id: 'id-of-newcomer' });
}

/** Invites somebody, accepts for them, and keeps the session. */
async function signIn(app: TestApp, post: Post, name: keyof typeof people): Promise<string> {
  const invitation = await post('/invitation/new', { user_id: idOf(name) });
  const opened = await app.send('GET', `/onboarding/get_token?invite_link=${invitation['id']}`, { key: null });
  const claimed = await app.send('POST', '/onboarding/claim_token', {
    key: opened.json<{ onboarding_token: string }>().onboarding_token,
    body: { invitation_link: invitation['id'], user_id: idOf(name), password: testPassword },
  });
  const jwt = claimed.json<{ token: string }>().token;
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as { key: string };
  return claims.key;
}

/** The keys with which a model was called. */
export const callingKeys = [
  ...['max-key', 'max-red', 'lea-red', 'mia-key', 'mia-red', 'sam-key', 'sam-blue'],
  ...['olga-key', 'omar-green', 'omar-acme', 'gil-gold'],
] as const;

/** Requests, invitations, budgets, customers, models, an import, and the audit entries of it all. */
async function makeThings(
  app: TestApp,
  post: Post,
  secrets: ReadonlyMap<string, string>,
  ids: Map<string, string>,
): Promise<void> {
  for (const key of callingKeys) {
    const called = await app.send('POST', '/v1/chat/completions', {
      key: secrets.get(key) ?? null,
      body: {
        model: 'gpt',
        messages: [{ role: 'user', content: 'hi' }],
        user: privateText(`customer-of-${key}`),
        metadata: { tags: [privateText(`tag-of-${key}`)] },
      },
    });
    if (called.status !== 200) throw new Error(`A call of ${key} was refused: ${called.text}`);
    ids.set(`request-of-${key}`, called.headers.get('x-litellm-call-id') ?? '');
  }
  await app.flush();
  const invitation = await post('/invitation/new', { user_id: idOf('sam') });
  ids.set('invitation-of-sam', String(invitation['id']));
  for (const [admin, user] of [
    ['olga', 'ora'],
    ['gil', 'gus'],
  ] as const) {
    const key = secrets.get(`${admin}-key`) ?? null;
    const invited = await app.send('POST', '/invitation/new', { key, body: { user_id: `id-of-${user}` } });
    if (invited.status !== 200) throw new Error(`An invitation by ${admin} was refused: ${invited.text}`);
    ids.set(`invitation-of-${user}`, String(invited.json()['id']));
  }
  await makePasskeys(app);
  await post('/budget/new', { budget_id: 'id-of-budget', max_budget: 7 });
  await post('/customer/new', { user_id: 'id-of-customer', alias: privateText('customer'), max_budget: 7 });
  await post('/model/new', {
    model_name: 'added',
    litellm_params: { model: 'openai/added', api_key: 'sk-provider-secret-of-added', mock_response: 'hi' },
    model_info: { id: 'id-of-model' },
  });
  for (const team of teamNames) {
    await post('/model/new', {
      model_name: privateText(`model-of-${team}`),
      litellm_params: { model: 'openai/x', mock_response: 'hi' },
      model_info: { id: `id-of-model-of-${team}`, team_id: idOf(team) },
    });
  }
  const imported = await post('/user/import', {
    users: importedUsers,
    idempotency_key: 'import',
  });
  ids.set('import', String(imported['import_id']));
  await importFinished(app, String(imported['import_id']));
  await makeAuditEntries(app, secrets, ids);
}

async function importFinished(app: TestApp, importId: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await app.send('GET', `/user/import/${importId}`);
    if (answer.json()['status'] === 'finished') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('The people of the world were not imported.');
}

/** As a browser would have made them. */
async function makePasskeys(app: TestApp): Promise<void> {
  for (const name of ['root', 'max', 'vic', 'sam'] as const) {
    const row = { passkey_id: `passkey-of-${name}`, user_id: idOf(name), name: privateText(`passkey-of-${name}`) };
    await app.storage.db
      .insertInto('passkeys')
      .values({
        ...row,
        public_key: '',
        signature_count: 0,
        transports: '[]',
        created_at: worldTime,
        last_used_at: null,
      })
      .execute();
  }
}

/** One change by each of four people. */
async function makeAuditEntries(
  app: TestApp,
  secrets: ReadonlyMap<string, string>,
  ids: Map<string, string>,
): Promise<void> {
  for (const name of ['max', 'mia', 'sam', 'olga'] as const) {
    const key = secrets.get(`${name}-key`) ?? '';
    const changed = await app.send('POST', '/key/update', { key, body: { key, tags: ['changed'] } });
    if (changed.status !== 200) throw new Error(`A change by ${name} was refused: ${changed.text}`);
    const entry = await app.storage.db
      .selectFrom('audit_log')
      .select('audit_id')
      .where('actor_user_id', '=', idOf(name))
      .where('object_type', '=', 'key')
      .executeTakeFirstOrThrow();
    ids.set(`entry-of-${name}`, entry.audit_id);
  }
}

/** What a caller sends as the bearer. */
export function credentialOf(world: World, caller: Caller): string {
  if (caller.kind === 'master') return testMasterKey;
  const credential =
    caller.kind === 'session' ? world.sessions.get(caller.person ?? '') : world.secrets.get(caller.key ?? '');
  if (credential === undefined) throw new Error(`There is no credential ${caller.name}.`);
  return credential;
}

/** The hash by which the API names a key. */
export function hashOf(world: World, key: string): string {
  const secret = world.secrets.get(key);
  if (secret === undefined) throw new Error(`There is no key ${key}.`);
  return hashSecret(secret);
}

/** The id of the open invitation, which is a stranger's. */
export function invitationOf(world: World): string {
  return world.ids.get('invitation-of-sam') ?? '';
}
