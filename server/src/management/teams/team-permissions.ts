import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { keyManagementRoutes } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { assertTeamManager, changeTeam, teamNotFound } from './change-team.ts';
import { isTeamOwner, type PresentedTeam, presentTeam } from './present-team.ts';
import { findTeam } from './teams.store.ts';

/** What a team can grant its plain members. */
const grantableRoutes: ReadonlySet<string> = new Set([
  ...keyManagementRoutes,
  '/key/{key}/regenerate',
  '/key/health',
  '/team/daily/activity',
]);

/**
 * Reads what members are to be granted.
 * @returns as it is stored; null: the default.
 * @throws ApiError 422 for something that cannot be granted.
 */
export function readMemberPermissions(routes: readonly string[] | null): string | null {
  const unknown = routes?.filter((route) => !grantableRoutes.has(route)) ?? [];
  if (unknown.length > 0) throw unknownPermissions(unknown);
  return routes === null ? null : JSON.stringify([...new Set(routes)]);
}

/** What plain members of a team may do with its keys, and what they could be granted. */
export interface MemberPermissions {
  team_id: string;
  team_member_permissions: string[];
  all_available_permissions: string[];
}

/**
 * Shows what a team grants its plain members. Its admins, admins of the gateway, and viewers of everything may.
 * @throws ApiError 403, 404.
 */
export async function getMemberPermissions(
  parts: Parts,
  call: Call,
  input: { team_id: string },
): Promise<MemberPermissions> {
  const result = await findTeam(parts.storage.db, call.access, input.team_id);
  // Who only views administers nothing, whatever they are in the team (contract 1.6), but for organizations of theirs.
  const onlyViews = call.principal.role === 'internal_user_viewer';
  const managed = result && (!onlyViews || isTeamOwner(result.found, call.access)) ? result.found : null;
  assertTeamManager(managed, call, '/team/permissions_list', input.team_id);
  if (!result) throw teamNotFound(input.team_id);
  const { team } = result.found;
  return {
    team_id: input.team_id,
    team_member_permissions:
      team.member_permissions === null
        ? ['/key/info', '/key/health']
        : (JSON.parse(team.member_permissions) as string[]),
    all_available_permissions: [...grantableRoutes],
  };
}

/**
 * Sets what a team grants its plain members.
 * @throws ApiError 403, 404, 422.
 */
export async function updateMemberPermissions(
  parts: Parts,
  call: Call,
  input: { team_id: string; team_member_permissions: readonly string[] },
): Promise<PresentedTeam> {
  const changed = await changeTeam(parts, call, input.team_id, async (team) => {
    assertTeamManager(team, call, '/team/permissions_update', input.team_id);
    return { patch: { member_permissions: readMemberPermissions(input.team_member_permissions) } };
  });
  return presentTeam(changed, call.access);
}

function unknownPermissions(routes: readonly string[]): ApiError {
  const message = `Unknown permission: ${routes.join(', ')}. Members can be granted: ${[...grantableRoutes].join(', ')}.`;
  return new ApiError(422, message, {
    type: 'validation_error',
    detail: [{ type: 'enum', loc: ['body', 'team_member_permissions'], msg: message }],
  });
}
