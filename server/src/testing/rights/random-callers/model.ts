import type { Role } from '../../../access/permissions.contract.ts';

/** A user as far as rights go. */
export interface UserState {
  readonly id: string;
  role: Role;
  alias: string | null;
  isDisabled: boolean;
}

/** A team as far as rights go. */
export interface TeamState {
  readonly id: string;
  alias: string;
  budget: number | null;
  isBlocked: boolean;
  /** Key routes granted to plain members; empty: the default. */
  grants: readonly string[];
  readonly members: Map<string, 'admin' | 'user'>;
}

/** A key as far as rights go. Deleted ones stay. */
export interface KeyState {
  secret: string;
  hash: string;
  alias: string;
  readonly owner: string | null;
  team: string | null;
  /** Who made it. */
  readonly maker: string;
  budget: number | null;
  rpmLimit: number | null;
  isBlocked: boolean;
  isDeleted: boolean;
  callsModelsOnly: boolean;
}

/** One call of a model that was served. */
export interface RequestState {
  readonly id: string;
  readonly key: string;
  readonly user: string | null;
  readonly team: string | null;
}

/** Everything there is. */
export interface Model {
  readonly users: Map<string, UserState>;
  readonly teams: Map<string, TeamState>;
  readonly keys: KeyState[];
  /** Ids of invitations with the user each is for. */
  readonly invitations: Map<string, string>;
  readonly requests: RequestState[];
}

/** Who calls: the master key, or a key. */
export type Caller = 'master' | KeyState;

/** What a caller counts as. `nobody`: a key of no person, or of one who has no account. */
export type CallerRole = Role | 'nobody';

/** The account that the master key stands for. */
export const masterUser = 'default_user_id';

/** Whether the key opens anything at all. */
export function isAlive(model: Model, caller: Caller): boolean {
  if (caller === 'master') return true;
  const owner = caller.owner === null ? undefined : model.users.get(caller.owner);
  const team = caller.team === null ? undefined : model.teams.get(caller.team);
  return !caller.isDeleted && !caller.isBlocked && !owner?.isDisabled && !team?.isBlocked;
}

/** What the caller counts as. */
export function roleOf(model: Model, caller: Caller): CallerRole {
  if (caller === 'master') return 'proxy_admin';
  return caller.owner === null ? 'nobody' : (model.users.get(caller.owner)?.role ?? 'nobody');
}

/** The person whose things are the caller's own; null: nobody. */
export function personOf(model: Model, caller: Caller): string | null {
  if (caller === 'master') return masterUser;
  return caller.owner !== null && model.users.has(caller.owner) ? caller.owner : null;
}

/** What the caller is in a team; null: not a member, or there is no such team. */
export function memberRoleOf(model: Model, caller: Caller, teamId: string | null): 'admin' | 'user' | null {
  const person = personOf(model, caller);
  if (teamId === null || person === null) return null;
  return model.teams.get(teamId)?.members.get(person) ?? null;
}

/** Whether a member may use a key route on the team's keys: its admins all, the others what it grants. */
export function isGranted(model: Model, caller: Caller, teamId: string | null, route: string): boolean {
  const role = memberRoleOf(model, caller, teamId);
  if (role === null || teamId === null) return false;
  if (role === 'admin' && roleOf(model, caller) === 'internal_user') return true;
  const grants = model.teams.get(teamId)?.grants ?? [];
  return (grants.length === 0 ? ['/key/info', '/key/health'] : grants).includes(route);
}

/** Admins of the gateway. */
export function isAdmin(model: Model, caller: Caller): boolean {
  return roleOf(model, caller) === 'proxy_admin';
}

/** Admins and viewers of the gateway. */
export function seesEverything(model: Model, caller: Caller): boolean {
  return isAdmin(model, caller) || roleOf(model, caller) === 'proxy_admin_viewer';
}

/** Whether the caller acts as an admin of the team: a role that only views administers nothing. */
export function leads(model: Model, caller: Caller, teamId: string | null): boolean {
  return roleOf(model, caller) === 'internal_user' && memberRoleOf(model, caller, teamId) === 'admin';
}

/** Whether a key is the caller's own. */
export function isOwn(model: Model, caller: Caller, key: KeyState): boolean {
  return key.owner !== null && key.owner === personOf(model, caller);
}

/** The keys that are not deleted. */
export function livingKeys(model: Model): KeyState[] {
  return model.keys.filter((key) => !key.isDeleted);
}

/** Teams of which the caller is a member. */
export function teamsOf(model: Model, caller: Caller): TeamState[] {
  return [...model.teams.values()].filter((team) => memberRoleOf(model, caller, team.id) !== null);
}
