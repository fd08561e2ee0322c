import { expect } from 'vitest';
import { roles } from '../../../access/permissions.contract.ts';
import { systemContext } from '../../../audit/change.ts';
import type { Method } from '../../../http/endpoint.contract.ts';
import { hashSecret } from '../../../management/keys/key-secret.ts';
import type { Storage } from '../../../storage/open-storage.ts';
import { startTestApp, type TestApp, testDeployment, testMasterKey } from '../../start-test-app.ts';
import { type DatabaseSnapshot, takeSnapshot } from '../database-snapshot.ts';
import { type Answer, sendInProcess } from '../send-in-process.ts';
import { type Caller, isAlive, type KeyState, type Model, masterUser } from './model.ts';
import { stateOf, stateOfDatabase } from './state-of-database.ts';

/** A gateway and what it should hold, for one sequence of operations after another. */
export interface Run {
  readonly app: TestApp;
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
  const master = { id: masterUser, role: 'proxy_admin', alias: null, isDisabled: false } as const;
  return {
    users: new Map([[masterUser, { ...master }]]),
    teams: new Map(),
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
    const answer = await app.send('POST', path, { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  };
  for (const role of [...roles, 'internal_user', 'internal_user', 'internal_user'] as const) {
    const id = run.newName('user');
    const key_alias = run.newName('key');
    const { key } = await post('/user/new', { user_id: id, user_role: role, key_alias });
    model.users.set(id, { id, role, alias: null, isDisabled: false });
    model.keys.push(newKey(String(key), { alias: key_alias, owner: id, maker: masterUser }));
  }
  const [first, second, ...others] = [...model.users.values()].filter((user) => user.role.startsWith('internal_user'));
  for (const leader of [first, second]) {
    if (!leader) throw new Error('There are no people to lead teams.');
    const id = run.newName('team');
    const members_with_roles = [
      { user_id: leader.id, role: 'admin' },
      ...others.slice(0, 2).map((member) => ({ user_id: member.id, role: 'user' })),
    ];
    await post('/team/new', { team_id: id, team_alias: id, members_with_roles });
    const members = new Map<string, 'admin' | 'user'>([[masterUser, 'admin']]);
    for (const { user_id, role } of members_with_roles) members.set(user_id, role === 'admin' ? 'admin' : 'user');
    model.teams.set(id, { id, alias: id, budget: null, isBlocked: false, grants: [], members });
    for (const owner of [leader.id, others[0]?.id ?? null, null]) {
      const alias = run.newName('key');
      const { key } = await post('/key/generate', { user_id: owner, team_id: id, key_alias: alias });
      model.keys.push(newKey(String(key), { alias, owner, team: id, maker: masterUser }));
    }
  }
}

/** A key that was just made. */
export function newKey(
  secret: string,
  more: { alias: string; owner: string | null; team?: string | null; maker: string },
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
  expect(await stateOfDatabase(run.app.storage.db), `${call.method} ${call.path}`).toEqual(stateOf(run.model));
}
