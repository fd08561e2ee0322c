import type { Kysely } from 'kysely';
import type { CallerRole } from '../../access/permissions.contract.ts';
import type { Access } from '../../access/principal.ts';
import type { Settings } from '../../config/settings.ts';
import type { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import { type KeyType, refuseKey } from './key-rules.ts';
import type { NewKeyInput } from './keys.contract.ts';
import { ownUserId } from './keys.store.ts';
import { loadTeamRights, mayUseRoute, memberNotPermitted, type TeamRights } from './team-rights.ts';
import { asList } from './write-python.ts';

/** The two endpoints that create keys: for people, and for services that a team runs. */
export type CreationRoute = '/key/generate' | '/key/service-account/generate';

/** Somebody who wants to create a key. */
export interface Creator {
  /** Whose keys are the caller's own; null: nobody's. */
  readonly userId: string | null;
  readonly role: CallerRole;
  /** Admins of the gateway: no rule about persons and teams holds them. */
  readonly everything: boolean;
  /** Organizations that they administer, where their own role makes no keys at all; null: it makes keys. */
  readonly onlyInOrganizations: readonly string[] | null;
}

/** What the caller is to the rules of creation. @param access with the reach of a permission to write keys. */
export function creatorOf({ principal, reach, roleReach }: Access): Creator {
  return {
    userId: ownUserId(principal),
    role: principal.role,
    everything: reach === 'all',
    onlyInOrganizations: reach === 'organization' && roleReach === 'none' ? principal.organizationIds : null,
  };
}

/**
 * Refuses keys outside of the organizations that somebody administers, if their own role makes none.
 * @throws ApiError 403.
 */
function assertRoleMakesKeys(creator: Creator, organizationId: string | null): void {
  const { onlyInOrganizations } = creator;
  if (onlyInOrganizations === null || (organizationId !== null && onlyInOrganizations.includes(organizationId))) return;
  throw refuseKey(
    403,
    `With your role=${creator.role} you make keys in organizations that you administer, and nowhere else. Name one of them in organization_id, or a team of one.`,
  );
}

/**
 * Refuses somebody who may not create keys of this team.
 * @returns what they are in the team.
 * @throws ApiError 400 or 401 in the contract's words.
 */
export async function assertMayCreateInTeam(
  tx: Kysely<Database>,
  settings: Settings,
  creator: Creator,
  teamId: string,
  route: CreationRoute,
): Promise<TeamRights> {
  const rights = await loadTeamRights(tx, teamId, creator.userId);
  if (!rights) throw refuseKey(400, `Unable to find team object in database. Team ID: ${teamId}`);
  assertTeamLetsCreate(settings, creator, rights, route);
  return rights;
}

/** As `assertMayCreateInTeam`, for rights that are known. */
export function assertTeamLetsCreate(
  settings: Settings,
  creator: Creator,
  rights: TeamRights,
  route: CreationRoute,
): void {
  if (creator.everything) return;
  const teamId = rights.team.team_id;
  if (rights.role !== null) assertRoleMakesKeys(creator, rights.team.organization_id);
  if (rights.role === null) throw refuseKey(400, `User=${creator.userId} not assigned to team=${teamId}`);
  if (!mayUseRoute(rights, route)) throw memberNotPermitted(route, teamId, rights.memberPermissions);
  const allowed = settings.keyGeneration.team?.allowedRoles ?? null;
  if (allowed !== null && !allowed.includes(rights.role)) {
    throw refuseKey(400, `Team member role ${rights.role} not in allowed_team_member_roles=${asList(allowed)}`);
  }
}

/**
 * Refuses somebody whose role may not create personal keys.
 * @param organizationId the organization that the key is to belong to.
 * @throws ApiError 400 in the contract's words, 403.
 */
export function assertMayCreatePersonal(settings: Settings, creator: Creator, organizationId: string | null): void {
  if (creator.everything) return;
  assertRoleMakesKeys(creator, organizationId);
  const allowed = settings.keyGeneration.personal?.allowedRoles ?? null;
  if (allowed === null || allowed.includes(creator.role)) return;
  throw refuseKey(
    400,
    `Personal key creation has been restricted by admin. Allowed roles=${asList(allowed)}. Your role=${creator.role}`,
  );
}

/** What must be said of every new key of this kind. */
export function requiredParams(settings: Settings, teamId: string | null): readonly string[] {
  const { team, personal } = settings.keyGeneration;
  return (teamId === null ? personal : team)?.requiredParams ?? [];
}

/** Refuses a key of which something that is required was not said. @throws ApiError 400 in the contract's words. */
export function assertRequiredParams(settings: Settings, teamId: string | null, input: NewKeyInput): void {
  const said = new Map(Object.entries(input));
  for (const name of requiredParams(settings, teamId)) {
    if ((said.get(name) ?? null) === null) throw refuseKey(400, `Required param ${name} not in data`);
  }
}

/** The types of keys that a caller can choose from. */
export function keyTypesFor(creator: Pick<Creator, 'everything'>): readonly KeyType[] {
  return creator.everything ? ['default', 'llm_api', 'management', 'read_only'] : ['default', 'llm_api', 'read_only'];
}

/** 403: a shared budget is not for the owner of a key to choose. */
export function onlyAdminsSetBudgetId(): ApiError {
  return refuseKey(403, 'Only proxy admins can set the budget_id of a key. Set its own max_budget instead.');
}

/** 403: who estimates too little overspends the budgets of team and organization with calls that run at once. */
export function onlyAdminsEstimate(): ApiError {
  return refuseKey(
    403,
    'Only proxy admins can set default_estimated_output_tokens of a key. Send max_tokens with your calls instead: then no more than that is set aside.',
  );
}

/** Refuses what only admins say of a key. @throws ApiError 403. */
export function assertAdminFields(input: NewKeyInput, creator: Creator): void {
  if (creator.everything) return;
  if (input.allowed_routes && input.allowed_routes.length > 0) {
    throw refuseKey(
      403,
      'Only proxy admins can set allowed_routes on a key. Choose key_type llm_api or read_only instead.',
    );
  }
  if (input.permissions && Object.keys(input.permissions).length > 0) {
    throw refuseKey(403, 'Only proxy admins can set permissions on a key. Leave permissions out.');
  }
  if (input.budget_id) throw onlyAdminsSetBudgetId();
  if (input.default_estimated_output_tokens != null) throw onlyAdminsEstimate();
  if (input.spend) {
    throw refuseKey(403, 'Only proxy admins can set the spend of a key. Leave spend out: a new key starts at 0.');
  }
  const types = keyTypesFor(creator);
  if (input.key_type && !types.includes(input.key_type)) {
    throw refuseKey(
      403,
      `Only proxy admins can create keys of key_type ${input.key_type}. Choose default, llm_api or read_only.`,
    );
  }
}
