import type { Storage } from '../../../storage/open-storage.ts';
import { type Model, masterUser } from './model.ts';

/** All that rights are about, one line for each thing, in order. */
type State = readonly string[];

/** What the model says that the database holds. */
export function stateOf(model: Model): State {
  const lines: string[] = [];
  for (const user of model.users.values()) {
    lines.push(line('user', user.id, user.role, user.isDisabled, user.alias));
  }
  for (const team of model.teams.values()) {
    lines.push(line('team', team.id, team.alias, team.budget, team.isBlocked, [...team.grants].sort()));
    for (const [user, role] of team.members) lines.push(line('member', team.id, user, role));
  }
  for (const key of model.keys) {
    const limits = [key.budget, key.rpmLimit, key.callsModelsOnly];
    lines.push(line('key', key.hash, key.alias, key.owner, key.team, key.isBlocked, key.isDeleted, ...limits));
  }
  for (const [id, user] of model.invitations) lines.push(line('invitation', id, user));
  return lines.sort();
}

/** What the database holds. */
export async function stateOfDatabase(db: Storage['db']): Promise<State> {
  const lines: string[] = [];
  for (const user of await db.selectFrom('users').selectAll().execute()) {
    const alias = user.user_id === masterUser ? null : user.user_alias;
    lines.push(line('user', user.user_id, user.user_role, user.disabled_at !== null, alias));
  }
  for (const team of await db.selectFrom('teams').selectAll().execute()) {
    const grants = (JSON.parse(team.member_permissions ?? '[]') as string[]).sort();
    const budget = inDollars(team.max_budget_nano_usd);
    lines.push(line('team', team.team_id, team.team_alias, budget, team.blocked_at !== null, grants));
  }
  for (const member of await db.selectFrom('team_members').selectAll().execute()) {
    lines.push(line('member', member.team_id, member.user_id, member.role));
  }
  for (const key of await db.selectFrom('keys').selectAll().execute()) {
    const limits = [inDollars(key.max_budget_nano_usd), key.rpm_limit, key.allowed_routes !== '[]'];
    const states = [key.blocked_at !== null, key.deleted_at !== null];
    lines.push(line('key', key.key_hash, key.key_alias, key.user_id, key.team_id, ...states, ...limits));
  }
  for (const invitation of await db.selectFrom('invitations').selectAll().execute()) {
    lines.push(line('invitation', invitation.invitation_id, invitation.user_id));
  }
  return lines.sort();
}

function line(...parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}

function inDollars(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / 1e9;
}
