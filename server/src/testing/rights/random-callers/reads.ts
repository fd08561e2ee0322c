import { expect } from 'vitest';
import {
  administeredBy,
  administeredPeople,
  administers,
  type Caller,
  isAlive,
  livingKeys,
  type Model,
  memberRoleOf,
  organizationOfKey,
  ownsTeam,
  personOf,
  roleOf,
  seesEverything,
} from './model.ts';
import { keyOf, type Operation, teamOf, userOf } from './operation.ts';
import * as rights from './rights.ts';
import { attempt, type Run } from './start-run.ts';

type Get = { path: string; input: Record<string, unknown>; may: boolean; method?: 'GET' | 'POST' };

/** Asks, and returns what was answered; null when it was refused, as it should be. */
async function get(run: Run, caller: Caller, { path, input, may, method = 'GET' }: Get): Promise<unknown> {
  const answer = await attempt(run, { caller, method, path, input, may });
  return answer === null ? null : JSON.parse(answer.text);
}

/** Holds a list against what the model says it should be, whatever the order. */
function expectExactly(shown: readonly unknown[], expected: readonly unknown[], words: string): void {
  expect([...shown].sort(), words).toEqual([...expected].sort());
}

const isNobody = (model: Model, caller: Caller): boolean => roleOf(model, caller) === 'nobody';

/** Looks at keys. */
export const keyReads: Readonly<Record<string, Operation>> = {
  async lookAtKey(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    if (!key) return;
    const may = rights.maySeeKey(run.model, caller, key);
    const body = (await get(run, caller, { path: '/key/info', input: { key: key.hash }, may })) as {
      info: { key_alias: string };
    } | null;
    if (body) expect(body.info.key_alias).toBe(key.alias);
  },
  async lookAtAllKeys(run, caller) {
    const { keys } = run.model;
    const input = { keys: keys.map((key) => key.hash) };
    const body = (await get(run, caller, { method: 'POST', path: '/v2/key/info', input, may: true })) as {
      info: { key_alias: string }[];
    } | null;
    if (!body) return;
    const seen = keys.filter((key) => rights.maySeeKey(run.model, caller, key));
    expectExactly(
      body.info.map((key) => key.key_alias),
      seen.map((key) => key.alias),
      '/v2/key/info',
    );
  },
  async listKeys(run, caller, choice) {
    const withTeams = choice.value % 2 === 0;
    const input = { include_team_keys: withTeams, size: 100 };
    const may = !isNobody(run.model, caller);
    const body = (await get(run, caller, { path: '/key/list', input, may })) as {
      keys: string[];
      total_count: number;
    } | null;
    if (!body) return;
    const expected = rights.listedKeys(run.model, caller, withTeams).map((key) => key.hash);
    expect(body.total_count).toBe(expected.length);
    if (expected.length <= 100) expectExactly(body.keys, expected, '/key/list');
  },
  async listKeysOfTeam(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const may =
      seesEverything(run.model, caller) ||
      memberRoleOf(run.model, caller, team.id) !== null ||
      ownsTeam(run.model, caller, team.id);
    const input = { team_id: team.id, include_team_keys: true, size: 100 };
    const body = (await get(run, caller, { path: '/key/list', input, may })) as { keys: string[] } | null;
    if (!body) return;
    const expected = rights.listedKeys(run.model, caller, true).filter((key) => key.team === team.id);
    expectExactly(
      body.keys,
      expected.map((key) => key.hash),
      '/key/list of a team',
    );
  },
  async listKeysOfUser(run, caller, choice) {
    const user = userOf(run, choice.on);
    if (!user) return;
    const may = rights.maySeeUser(run.model, caller, user.id);
    const input = { user_id: user.id, size: 100 };
    const body = (await get(run, caller, { path: '/key/list', input, may })) as { keys: string[] } | null;
    if (!body) return;
    const expected = livingKeys(run.model).filter((key) => key.owner === user.id);
    expectExactly(
      body.keys,
      expected.map((key) => key.hash),
      '/key/list of a user',
    );
  },
  async listAliases(run, caller) {
    const body = (await get(run, caller, { path: '/key/aliases', input: { size: 100 }, may: true })) as {
      aliases: string[];
    } | null;
    if (!body) return;
    const expected = isNobody(run.model, caller) ? [] : rights.listedKeys(run.model, caller, true);
    if (expected.length <= 100)
      expectExactly(
        body.aliases,
        expected.map((key) => key.alias),
        '/key/aliases',
      );
  },
};

/** Looks at teams and users. */
export const peopleReads: Readonly<Record<string, Operation>> = {
  async lookAtTeam(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const may = rights.maySeeTeam(run.model, caller, team);
    const body = (await get(run, caller, { path: '/team/info', input: { team_id: team.id }, may })) as {
      keys: { token: string }[];
      team_info: { members_with_roles: { user_id: string }[] };
      team_memberships: { user_id: string }[];
    } | null;
    if (!body) return;
    const keys = rights.keysShownWith(run.model, caller, team);
    expectExactly(
      body.keys.map((key) => key.token),
      keys.map((key) => key.hash),
      '/team/info: keys',
    );
    const members = body.team_info.members_with_roles.map((member) => member.user_id);
    expectExactly(members, [...team.members.keys()], '/team/info: members');
    const isAdminOfIt = memberRoleOf(run.model, caller, team.id) === 'admin' || ownsTeam(run.model, caller, team.id);
    const seesAll = seesEverything(run.model, caller) || isAdminOfIt;
    const spenders = [...team.members.keys()].filter((id) => seesAll || id === personOf(run.model, caller));
    expectExactly(
      body.team_memberships.map((member) => member.user_id),
      spenders,
      '/team/info: memberships',
    );
  },
  async listTeams(run, caller, choice) {
    const path = choice.value % 2 === 0 ? '/team/list' : '/v2/team/list';
    const input = path === '/team/list' ? {} : { page_size: 100 };
    const body = (await get(run, caller, { path, input, may: !isNobody(run.model, caller) })) as
      | { team_id: string }[]
      | { teams: { team_id: string }[] }
      | null;
    if (!body) return;
    const shown = 'teams' in body ? body.teams : body;
    const expected = [...run.model.teams.values()].filter(
      (team) =>
        seesEverything(run.model, caller) ||
        memberRoleOf(run.model, caller, team.id) !== null ||
        ownsTeam(run.model, caller, team.id),
    );
    expectExactly(
      shown.map((team) => team.team_id),
      expected.map((team) => team.id),
      path,
    );
  },
  async listDeletedTeams(run, caller) {
    const { model } = run;
    const input = { status: 'deleted', page_size: 100 };
    const may = !isNobody(model, caller);
    const body = (await get(run, caller, { path: '/v2/team/list', input, may })) as {
      teams: { team_id: string }[];
    } | null;
    if (!body) return;
    const expected = model.deletedTeams.filter(
      ({ members, organization }) =>
        seesEverything(model, caller) ||
        members.has(personOf(model, caller) ?? '') ||
        administers(model, caller, organization),
    );
    expectExactly(
      body.teams.map((team) => team.team_id),
      expected.map((team) => team.id),
      '/v2/team/list of deleted teams',
    );
  },
  async lookAtUser(run, caller, choice) {
    const user = userOf(run, choice.on);
    if (!user) return;
    const may = rights.maySeeUser(run.model, caller, user.id);
    const body = (await get(run, caller, { path: '/user/info', input: { user_id: user.id }, may })) as {
      keys: { token: string }[];
      teams: { team_id: string }[];
    } | null;
    if (!body) return;
    const keys = livingKeys(run.model).filter((key) => key.owner === user.id);
    expectExactly(
      body.keys.map((key) => key.token),
      keys.map((key) => key.hash),
      '/user/info: keys',
    );
    const teams = [...run.model.teams.values()].filter((team) => team.members.has(user.id));
    expectExactly(
      body.teams.map((team) => team.team_id),
      teams.map((team) => team.id),
      '/user/info: teams',
    );
  },
  async lookAtUserRow(run, caller, choice) {
    const user = userOf(run, choice.on);
    if (!user) return;
    const may = rights.maySeeUserRow(run.model, caller, user.id);
    const body = (await get(run, caller, { path: '/v2/user/info', input: { user_id: user.id }, may })) as {
      user_role: string;
    } | null;
    if (body) expect(body.user_role).toBe(user.role);
  },
  async listUsers(run, caller) {
    const seesAll = seesEverything(run.model, caller);
    const may = seesAll || administeredBy(run.model, caller).length > 0;
    const body = (await get(run, caller, { path: '/user/list', input: { page_size: 100 }, may })) as {
      users: { user_id: string }[];
    } | null;
    if (!body) return;
    const around = new Set([personOf(run.model, caller), ...administeredPeople(run.model, caller)]);
    expectExactly(
      body.users.map((user) => user.user_id),
      seesAll ? [...run.model.users.keys()] : [...around],
      '/user/list',
    );
  },
  async findPeople(run, caller) {
    const body = (await get(run, caller, { path: '/user/filter/ui', input: { page_size: 100 }, may: true })) as
      | { user_id: string }[]
      | null;
    if (body)
      expectExactly(
        body.map((user) => user.user_id),
        rights.peopleAround(run.model, caller),
        '/user/filter/ui',
      );
  },
  async lookAtInvitation(run, caller, choice) {
    const [id] = [...run.model.invitations.keys()].slice(choice.on % Math.max(1, run.model.invitations.size));
    if (id === undefined) return;
    const may = seesEverything(run.model, caller);
    const body = (await get(run, caller, { path: '/invitation/info', input: { invitation_id: id }, may })) as {
      user_id: string;
    } | null;
    if (body) expect(body.user_id).toBe(run.model.invitations.get(id)?.user);
  },
  async readAuditLog(run, caller) {
    const may = !isNobody(run.model, caller);
    const body = (await get(run, caller, { path: '/audit', input: { page_size: 100 }, may })) as {
      audit_logs: { changed_by: string; table_name: string; object_id: string }[];
    } | null;
    if (!body || seesEverything(run.model, caller)) return;
    const person = personOf(run.model, caller);
    const others = body.audit_logs.filter((entry) => entry.changed_by !== person && entry.object_id !== person);
    expect(others, '/audit').toEqual([]);
  },
};

/** Calls models, and looks at what was spent. */
export const usageReads: Readonly<Record<string, Operation>> = {
  async callModel(run, caller) {
    if (caller === 'master') return;
    const body = { model: 'gpt', messages: [{ role: 'user', content: 'hi' }] };
    const answer = await run.app.send('POST', '/v1/chat/completions', { key: caller.secret, body });
    const { model } = run;
    const expected = !isAlive(model, caller) ? 401 : rights.mayCallModels(model, caller) ? 200 : 403;
    expect(answer.status, `${caller.alias} calls a model: ${answer.text}`).toBe(expected);
    if (expected !== 200) return;
    const id = answer.headers.get('x-litellm-call-id') ?? '';
    const organization = organizationOfKey(model, caller);
    model.requests.push({ id, key: caller.hash, user: caller.owner, team: caller.team, organization });
  },
  async lookAtUsage(run, caller) {
    await run.app.flush();
    const day = new Date(run.clock.now).toISOString().slice(0, 10);
    const input = { start_date: day, end_date: day, group_by: 'key' };
    const body = (await get(run, caller, { path: '/usage', input, may: !isNobody(run.model, caller) })) as {
      totals: { requests: number };
      groups: { id: string }[];
    } | null;
    if (!body) return;
    const seen = requestsSeenBy(run.model, caller);
    expect(body.totals.requests, '/usage').toBe(seen.length);
    expectExactly(
      body.groups.map((group) => group.id),
      [...new Set(seen.map((request) => request.key))],
      '/usage',
    );
  },
  async listRequests(run, caller) {
    await run.app.flush();
    const may = !isNobody(run.model, caller);
    const body = (await get(run, caller, { path: '/usage/requests', input: { limit: 100 }, may })) as {
      requests: { request_id: string }[];
    } | null;
    if (!body) return;
    const seen = requestsSeenBy(run.model, caller).map((request) => request.id);
    expectExactly(
      body.requests.map((request) => request.request_id),
      seen,
      '/usage/requests',
    );
  },
  async listRequestsOfTeam(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    await run.app.flush();
    const day = new Date(run.clock.now).toISOString().slice(0, 10);
    const input = { team_id: team.id, start_date: day, end_date: day, page_size: 100 };
    const mayLead = memberRoleOf(run.model, caller, team.id) === 'admin' || ownsTeam(run.model, caller, team.id);
    const may = seesEverything(run.model, caller) || mayLead;
    const body = (await get(run, caller, { path: '/spend/logs/v2', input, may })) as {
      data: { litellm_call_id: string }[];
    } | null;
    if (!body) return;
    const seen = run.model.requests.filter((request) => request.team === team.id);
    expectExactly(
      body.data.map((row) => row.litellm_call_id),
      seen.map((request) => request.id),
      '/spend/logs/v2',
    );
  },
  async listSpendOfKeys(run, caller) {
    const may = !isNobody(run.model, caller);
    const body = (await get(run, caller, { path: '/spend/keys', input: {}, may })) as { token: string }[] | null;
    if (!body) return;
    const expected = rights.listedKeys(run.model, caller, false);
    expectExactly(
      body.map((key) => key.token),
      expected.map((key) => key.hash),
      '/spend/keys',
    );
  },
};

function requestsSeenBy(model: Model, caller: Caller) {
  if (seesEverything(model, caller)) return model.requests;
  const person = personOf(model, caller);
  return model.requests.filter((request) => request.user === person);
}
