import type { Role } from '../../../access/permissions.contract.ts';

/** A user as far as rights go. */
export interface UserState {
  readonly id: string;
  role: Role;
  alias: string | null;
  isDisabled: boolean;
  /** The organization that the account was made in, while there is one. */
  home: string | null;
}

/** What somebody can be in an organization. */
export type OrganizationRole = 'org_admin' | 'internal_user' | 'internal_user_viewer';

/** An organization as far as rights go. */
export interface OrganizationState {
  readonly id: string;
  alias: string;
  readonly members: Map<string, OrganizationRole>;
}

/** A team as far as rights go. */
export interface TeamState {
  readonly id: string;
  alias: string;
  organization: string | null;
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
  /** The organization that it belongs to without a team; that of a team's key is the team's. */
  organization: string | null;
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
  /** The organization that paid for it. */
  readonly organization: string | null;
}

/** A link with which somebody sets a password. */
export interface InvitationState {
  readonly user: string;
  readonly maker: string;
}

/** Everything there is. */
export interface Model {
  readonly users: Map<string, UserState>;
  readonly teams: Map<string, TeamState>;
  /** As they were then. */
  readonly deletedTeams: TeamState[];
  readonly organizations: Map<string, OrganizationState>;
  readonly keys: KeyState[];
  /** By their ids. */
  readonly invitations: Map<string, InvitationState>;
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

/** The organizations that the caller administers: people may, viewers of everything do not. */
export function administeredBy(model: Model, caller: Caller): OrganizationState[] {
  const person = personOf(model, caller);
  if (person === null || !roleOf(model, caller).startsWith('internal_user')) return [];
  return [...model.organizations.values()].filter(({ members }) => members.get(person) === 'org_admin');
}

/** Whether the caller administers this organization; nobody administers what belongs to none. */
export function administers(model: Model, caller: Caller, organizationId: string | null): boolean {
  return administeredBy(model, caller).some(({ id }) => id === organizationId);
}

/** The organization that a key belongs to. */
export function organizationOfKey(model: Model, key: KeyState): string | null {
  return model.teams.get(key.team ?? '')?.organization ?? key.organization;
}

/** Whether the caller administers the organization that a key belongs to. */
export function administersKey(model: Model, caller: Caller, key: KeyState): boolean {
  return administers(model, caller, organizationOfKey(model, key));
}

/** Whether the caller administers the organization of a team. */
export function ownsTeam(model: Model, caller: Caller, teamId: string | null): boolean {
  return teamId !== null && administers(model, caller, model.teams.get(teamId)?.organization ?? null);
}

/** Deletes a team with its keys. */
export function deleteTeam(model: Model, team: TeamState): void {
  for (const key of model.keys) key.isDeleted ||= key.team === team.id;
  model.teams.delete(team.id);
  model.deletedTeams.push(structuredClone(team));
}

/** The people of an organization: its members, and those of its teams. */
export function peopleOf(model: Model, organization: OrganizationState): string[] {
  const teams = [...model.teams.values()].filter((team) => team.organization === organization.id);
  return [...organization.members.keys(), ...teams.flatMap((team) => [...team.members.keys()])];
}

/** The people of the organizations that the caller administers. */
export function administeredPeople(model: Model, caller: Caller): Set<string> {
  return new Set(administeredBy(model, caller).flatMap((organization) => peopleOf(model, organization)));
}

/** Whether a member may use a key route on the team's keys: its admins all, the others what it grants. */
export function isGranted(model: Model, caller: Caller, teamId: string | null, route: string): boolean {
  if (ownsTeam(model, caller, teamId)) return true;
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

/**
 * Whether the caller acts as an admin of the team, or of its organization: a role that only views administers nothing
 * outside of organizations of theirs.
 */
export function leads(model: Model, caller: Caller, teamId: string | null): boolean {
  if (ownsTeam(model, caller, teamId)) return true;
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
