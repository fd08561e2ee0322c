import { expect } from 'vitest';
import { type Role, roles } from '../../../access/permissions.contract.ts';
import { systemContext } from '../../../audit/change.ts';
import type { Method } from '../../../http/endpoint.contract.ts';
import { hashSecret } from '../../../management/keys/key-secret.ts';
import type { Storage } from '../../../storage/open-storage.ts';
import { startTestApp, type TestApp, testDeployment, testMasterKey } from '../../start-test-app.ts';
import { type DatabaseSnapshot, takeSnapshot } from '../database-snapshot.ts';
import { type Answer, sendInProcess } from '../send-in-process.ts';
import {
  type Caller,
  isAlive,
  type KeyState,
  type Model,
  masterUser,
  type OrganizationRole,
  type OrganizationState,
} from './model.ts';
import { stateOf, stateOfDatabase } from './state-of-database.ts';

/** A gateway and what it should hold, for one sequence of operations after another. */
export interface Run {
  readonly app: TestApp;
  /** What stood in the count of writes when the database was last held against the model. */
  writesSeen: string;
  /** A number that grows with every write to the database. */
  writesSoFar(): Promise<string>;
  /** Of the sequence that runs. */
  model: Model;
  /** Epoch milliseconds; stands still during a sequence. */
  readonly clock: { now: number };
  /** A name that nothing has yet. */
  newName(prefix: string): string;
  /** Makes everything what it was before the first sequence. */
  startOver(): Promise<void>;
}

const hourMs = 3_600_000;

/** Starts a gateway with people of every role, two teams, and keys of all of them. */
export async function startRun(storage: Storage): Promise<Run> {
  let count = 0;
  const clock = { now: Date.parse('2026-11-25T00:00:00Z') };
  const run: Run = {
    clock,
    writesSeen: '',
    writesSoFar: () => snapshot.writesSoFar(),
    app: await startTestApp({
      storage,
      settings: { models: [testDeployment('gpt', 'mock://gpt', { mockResponse: 'Hello.' })], demoMode: false },
      now: () => clock.now,
    }),
    model: emptyModel(),
    newName: (prefix) => `${prefix}-${++count}`,
    async startOver() {
      await run.app.flush();
      await forgetKeys(run.app, [...run.model.keys, ...population.keys]);
      await snapshot.restore(await snapshot.changedTables());
      run.model = copyOf(population);
      run.writesSeen = '';
      // What the gateway keeps in memory about people and teams is older than it may be, then.
      clock.now += hourMs;
    },
  };
  await populate(run);
  const population = copyOf(run.model);
  const snapshot: DatabaseSnapshot = await takeSnapshot(storage);
  return run;
}

/** Tells the caches about every key that has been: the database is about to be exchanged behind their backs. */
async function forgetKeys(app: TestApp, keys: readonly KeyState[]): Promise<void> {
  const [first, ...rest] = keys.map(({ hash }) => ({
    action: 'updated' as const,
    object: { type: 'key' as const, id: hash },
  }));
  if (!first) return;
  await app.app.parts.changes.change(systemContext, async () => ({ result: undefined, audit: [first, ...rest] }));
}

function emptyModel(): Model {
  const master = { id: masterUser, role: 'proxy_admin', alias: null, isDisabled: false, home: null } as const;
  return {
    users: new Map([[masterUser, { ...master }]]),
    teams: new Map(),
    deletedTeams: [],
    organizations: new Map(),
    keys: [],
    invitations: new Map(),
    requests: [],
  };
}

function copyOf(model: Model): Model {
  return structuredClone(model);
}

async function populate(run: Run): Promise<void> {
  const { app, model } = run;
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const method = path.endsWith('_delete') ? 'DELETE' : 'POST';
    const answer = await app.send(method, path, { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  };
  const organizations = [await makeOrganization(run, post), await makeOrganization(run, post)] as const;
  for (const role of [...roles, 'internal_user', 'internal_user', 'internal_user'] as const) {
    await makeUser(run, post, role, role === 'internal_user_viewer' ? organizations[1] : null);
  }
  await makeUser(run, post, 'internal_user', organizations[0]);
  const [first, viewer, ...others] = [...model.users.values()].filter((user) => user.role.startsWith('internal_user'));
  const [third, fourth, orgAdmin] = others;
  if (!first || !viewer || !third || !fourth || !orgAdmin) throw new Error('There are no people for teams.');
  // The viewer administers a team of one organization, and the other organization: neither widens the other.
  await join(post, organizations[0], orgAdmin.id, 'org_admin');
  await join(post, organizations[0], third.id, 'internal_user');
  await join(post, organizations[0], first.id, 'internal_user_viewer');
  await join(post, organizations[1], viewer.id, 'org_admin');
  await join(post, organizations[1], fourth.id, 'internal_user');
  const members = [third.id, fourth.id];
  await makeTeam(run, post, { leader: first.id, members, organization: null });
  await makeTeam(run, post, { leader: viewer.id, members, organization: organizations[0].id });
  await makeTeam(run, post, { leader: third.id, members: [first.id], organization: organizations[1].id });
  for (const [owner, organization] of [
    [third.id, organizations[0].id],
    [fourth.id, organizations[1].id],
  ] as const) {
    const alias = run.newName('key');
    const { key } = await post('/key/generate', { user_id: owner, organization_id: organization, key_alias: alias });
    model.keys.push(newKey(String(key), { alias, owner, organization, maker: masterUser }));
  }
}

type Post = (path: string, body: unknown) => Promise<Record<string, unknown>>;

async function makeOrganization(run: Run, post: Post): Promise<OrganizationState> {
  const id = run.newName('organization');
  await post('/organization/new', { organization_id: id, organization_alias: id });
  const organization: OrganizationState = { id, alias: id, members: new Map() };
  run.model.organizations.set(id, organization);
  return organization;
}

async function makeUser(run: Run, post: Post, role: Role, home: OrganizationState | null): Promise<void> {
  const id = run.newName('user');
  const alias = run.newName('key');
  const organizations = home === null ? [] : [home.id];
  const { key } = await post('/user/new', { user_id: id, user_role: role, key_alias: alias, organizations });
  run.model.users.set(id, { id, role, alias: null, isDisabled: false, home: home?.id ?? null });
  home?.members.set(id, 'internal_user');
  run.model.keys.push(newKey(String(key), { alias, owner: id, maker: masterUser }));
}

async function join(post: Post, organization: OrganizationState, id: string, role: OrganizationRole): Promise<void> {
  const { members } = organization;
  // Who is in it already, since their account was made there, stays a plain member.
  if (members.has(id)) await post('/organization/member_delete', { organization_id: organization.id, user_id: id });
  await post('/organization/member_add', { organization_id: organization.id, member: { user_id: id, role } });
  members.set(id, role);
}

async function makeTeam(
  run: Run,
  post: Post,
  team: { leader: string; members: readonly string[]; organization: string | null },
): Promise<void> {
  const id = run.newName('team');
  const { leader, organization } = team;
  const members_with_roles = [
    { user_id: leader, role: 'admin' },
    ...team.members.map((user_id) => ({ user_id, role: 'user' })),
  ];
  await post('/team/new', { team_id: id, team_alias: id, organization_id: organization, members_with_roles });
  const members = new Map<string, 'admin' | 'user'>([[masterUser, 'admin']]);
  for (const { user_id, role } of members_with_roles) members.set(user_id, role === 'admin' ? 'admin' : 'user');
  run.model.teams.set(id, { id, alias: id, organization, budget: null, isBlocked: false, grants: [], members });
  for (const owner of [leader, team.members[0] ?? null, null]) {
    const alias = run.newName('key');
    const { key } = await post('/key/generate', { user_id: owner, team_id: id, key_alias: alias });
    run.model.keys.push(newKey(String(key), { alias, owner, team: id, maker: masterUser }));
  }
}

/** A key that was just made. */
export function newKey(
  secret: string,
  more: {
    alias: string;
    owner: string | null;
    team?: string | null;
    organization?: string | null;
    maker: string;
  },
): KeyState {
  return {
    secret,
    hash: hashSecret(secret),
    budget: null,
    rpmLimit: null,
    isBlocked: false,
    isDeleted: false,
    callsModelsOnly: false,
    ...more,
    team: more.team ?? null,
    organization: more.organization ?? null,
  };
}

/** A call to try. */
export interface Attempt {
  readonly caller: Caller;
  readonly method: Method;
  readonly path: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What the model says. */
  readonly may: boolean;
}

/**
 * Sends a call of the control plane and holds the answer against the model.
 * @returns what was answered; null when it was refused, as it should be.
 */
export async function attempt(run: Run, call: Attempt): Promise<Answer | null> {
  const { caller, method, path, input } = call;
  const answer = await sendInProcess(run.app, {
    endpoint: { method, inputIn: method === 'GET' ? 'query' : 'body' },
    path,
    input,
    credential: caller === 'master' ? testMasterKey : caller.secret,
  });
  const words = `${method} ${path} ${JSON.stringify(input)} as ${nameOf(run, caller)}: ${answer.status} ${answer.text.slice(0, 300)}`;
  if (!isAlive(run.model, caller)) {
    expect(answer.status, words).toBe(401);
    return null;
  }
  if (call.may && !(caller !== 'master' && caller.callsModelsOnly)) {
    expect(answer.status, words).toBe(200);
    return answer;
  }
  expect([400, 401, 403, 404], words).toContain(answer.status);
  return null;
}

function nameOf(run: Run, caller: Caller): string {
  if (caller === 'master') return 'the master key';
  const role = caller.owner === null ? 'nobody' : run.model.users.get(caller.owner)?.role;
  return `${caller.alias} of ${caller.owner} (${role}) in ${caller.team}`;
}

/** Sends a write, lets the model follow when it is served, and holds the whole database against the model. */
export async function attemptWrite(
  run: Run,
  call: Attempt,
  follow: (body: Record<string, unknown>) => void,
): Promise<void> {
  const answer = await attempt(run, call);
  if (answer !== null) follow(JSON.parse(answer.text) as Record<string, unknown>);
  const writes = await run.writesSoFar();
  // A refusal after which nothing at all was written has left everything as it was.
  if (answer === null && writes === run.writesSeen) return;
  run.writesSeen = writes;
  expect(await stateOfDatabase(run.app.storage.db), `${call.method} ${call.path}`).toEqual(stateOf(run.model));
}
