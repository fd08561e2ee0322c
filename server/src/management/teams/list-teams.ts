import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { ownUserId } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';
import { listTeamsWithin, type OrganizationFilter } from './teams.store.ts';

/**
 * Teams by name: all of them for admins, one's own for everybody else, and those of their organizations for org
 * admins.
 * @throws ApiError 401 for somebody else's teams.
 */
export async function listTeams(
  parts: Parts,
  call: Call,
  query: { user_id?: string | undefined; organization_id?: string | undefined },
): Promise<PresentedTeam[]> {
  const userId = query.user_id || null;
  assertOwnTeams(call, userId);
  const teams = await listTeamsWithin(parts.storage.db, call.access, {
    userId,
    organization: readOrganizationFilter(query.organization_id),
  });
  return teams.map((team) => presentTeam(team, call.access));
}

/**
 * Everybody but admins, of the gateway or of an organization, lists their own teams; a key that stands for nobody has
 * none.
 * @throws ApiError 401 in the contract's words.
 */
export function assertOwnTeams({ access, principal }: Call, userId: string | null): void {
  const own = ownUserId(principal);
  if (
    access.reach === 'all' ||
    access.reach === 'organization' ||
    (own !== null && (userId === null || userId === own))
  )
    return;
  throw new ApiError(401, `Only admin users can query all teams/other teams. Your user role=${principal.role}`);
}

/** Which organization's teams are wanted; LiteLLM calls those of none the default organization's. */
export function readOrganizationFilter(organizationId: string | undefined): OrganizationFilter {
  if (!organizationId) return null;
  return { id: organizationId === 'default_organization' ? null : organizationId };
}
