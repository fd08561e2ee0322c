import type { Storage } from '../../../storage/open-storage.ts';
import { type KeyState, type Model, masterUser } from './model.ts';

/** All that rights are about, one line for each thing, in order. */
type State = readonly string[];

/** What the model says that the database holds. */
export function stateOf(model: Model): State {
  const lines: string[] = [];
  for (const user of model.users.values()) {
    lines.push(line('user', user.id, user.role, user.isDisabled, user.alias, user.home));
  }
  for (const team of model.teams.values()) {
    lines.push(
      line('team', team.id, team.alias, team.organization, team.budget, team.isBlocked, [...team.grants].sort()),
    );
    for (const [user, role] of team.members) lines.push(line('member', team.id, user, role));
  }
  for (const key of model.keys) {
    const limits = [key.budget, key.rpmLimit, key.callsModelsOnly];
    lines.push(line('key', key.hash, key.alias, key.owner, ...placesOf(key), key.isBlocked, key.isDeleted, ...limits));
  }
  for (const organization of model.organizations.values()) {
    lines.push(line('organization', organization.id, organization.alias));
    for (const [user, role] of organization.members)
      lines.push(line('organization member', organization.id, user, role));
  }
  for (const [id, { user, maker }] of model.invitations) lines.push(line('invitation', id, user, maker));
  return lines.sort();
}

/** The team and organization of a key: one that has a team names no organization. */
function placesOf({ team, organization }: KeyState): readonly (string | null)[] {
  return [team, organization];
}

/** What the database holds. */
export async function stateOfDatabase(db: Storage['db']): Promise<State> {
  return [
    ...(await linesOfPeople(db)),
    ...(await linesOfTeams(db)),
    ...(await linesOfKeys(db)),
    ...(await linesOfOrganizations(db)),
  ].sort();
}

async function linesOfPeople(db: Storage['db']): Promise<string[]> {
  const users = await db
    .selectFrom('users')
    .select(['user_id', 'user_role', 'disabled_at', 'user_alias', 'organization_id'])
    .execute();
  const invitations = await db.selectFrom('invitations').select(['invitation_id', 'user_id', 'created_by']).execute();
  return [
    ...users.map((user) => {
      const alias = user.user_id === masterUser ? null : user.user_alias;
      return line('user', user.user_id, user.user_role, user.disabled_at !== null, alias, user.organization_id);
    }),
    ...invitations.map(({ invitation_id, user_id, created_by }) =>
      line('invitation', invitation_id, user_id, created_by),
    ),
  ];
}

async function linesOfTeams(db: Storage['db']): Promise<string[]> {
  const teams = await db
    .selectFrom('teams')
    .select(['team_id', 'team_alias', 'organization_id', 'member_permissions', 'max_budget_nano_usd', 'blocked_at'])
    .execute();
  const members = await db.selectFrom('team_members').select(['team_id', 'user_id', 'role']).execute();
  return [
    ...teams.map((team) => {
      const grants = (JSON.parse(team.member_permissions ?? '[]') as string[]).sort();
      const budget = inDollars(team.max_budget_nano_usd);
      return line(
        'team',
        team.team_id,
        team.team_alias,
        team.organization_id,
        budget,
        team.blocked_at !== null,
        grants,
      );
    }),
    ...members.map((member) => line('member', member.team_id, member.user_id, member.role)),
  ];
}

async function linesOfKeys(db: Storage['db']): Promise<string[]> {
  const keys = await db
    .selectFrom('keys')
    .select(['key_hash', 'key_alias', 'user_id', 'team_id', 'organization_id', 'blocked_at', 'deleted_at'])
    .select(['max_budget_nano_usd', 'rpm_limit', 'allowed_routes'])
    .execute();
  return keys.map((key) => {
    const limits = [inDollars(key.max_budget_nano_usd), key.rpm_limit, key.allowed_routes !== '[]'];
    const states = [key.blocked_at !== null, key.deleted_at !== null];
    const places = [key.user_id, key.team_id, key.organization_id];
    return line('key', key.key_hash, key.key_alias, ...places, ...states, ...limits);
  });
}

async function linesOfOrganizations(db: Storage['db']): Promise<string[]> {
  const organizations = await db
    .selectFrom('organizations')
    .select(['organization_id', 'organization_alias'])
    .execute();
  const members = await db.selectFrom('organization_members').select(['organization_id', 'user_id', 'role']).execute();
  return [
    ...organizations.map((row) => line('organization', row.organization_id, row.organization_alias)),
    ...members.map((row) => line('organization member', row.organization_id, row.user_id, row.role)),
  ];
}

function line(...parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}

function inDollars(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / 1e9;
}
