import type { Kysely } from 'kysely';
import { type Access, administers } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import '../organizations/organizations.table.ts';
import type { TeamTable } from '../teams/teams.table.ts';
import { asList } from './write-python.ts';

/** What plain members may do with keys of a team that does not say. */
const defaultMemberPermissions: readonly string[] = ['/key/info', '/key/health'];

/** What somebody is in a team, and what the team lets its plain members do. */
export interface TeamRights {
  readonly team: TeamTable;
  /** Admins of the team's organization count as its admins. Null: not a member. */
  readonly role: 'admin' | 'user' | null;
  readonly memberPermissions: readonly string[];
}

/** Reads somebody's rights in a team; null when there is no such team. */
export async function loadTeamRights(
  db: Kysely<Database>,
  teamId: string,
  userId: string | null,
): Promise<TeamRights | null> {
  const team = await db.selectFrom('teams').selectAll().where('team_id', '=', teamId).executeTakeFirst();
  if (!team) return null;
  const member =
    userId === null
      ? undefined
      : await db
          .selectFrom('team_members')
          .select('role')
          .where('team_id', '=', teamId)
          .where('user_id', '=', userId)
          .executeTakeFirst();
  const memberPermissions = memberPermissionsOf(team);
  if (member?.role !== 'admin' && (await isOrgAdmin(db, team.organization_id, userId))) {
    return { team, role: 'admin', memberPermissions };
  }
  return { team, role: member ? asTeamRole(member.role) : null, memberPermissions };
}

async function isOrgAdmin(
  db: Kysely<Database>,
  organizationId: string | null,
  userId: string | null,
): Promise<boolean> {
  if (organizationId === null || userId === null) return false;
  const membership = await db
    .selectFrom('organization_members')
    .select('role')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return membership?.role === 'org_admin';
}

/** The key routes that the team's plain members may use on its keys. */
export function memberPermissionsOf(team: Pick<TeamTable, 'member_permissions'>): readonly string[] {
  const stored = team.member_permissions === null ? [] : (JSON.parse(team.member_permissions) as string[]);
  return stored.length === 0 ? defaultMemberPermissions : stored;
}

/** True for admins of the team, and for members whom it grants the route. */
export function mayUseRoute(rights: Pick<TeamRights, 'role' | 'memberPermissions'>, route: string): boolean {
  return rights.role === 'admin' || (rights.role === 'user' && rights.memberPermissions.includes(route));
}

/** 401 for a member whom the team does not grant the route. */
export function memberNotPermitted(route: string, teamId: string, permissions: readonly string[]): ApiError {
  return new ApiError(
    401,
    `Team member does not have permissions for endpoint: ${route}. You only have access to the following endpoints: ${asList(permissions)} for team ${teamId}. To create keys for this team, please ask your proxy admin to check the team member permission settings and update the settings to allow team member users to create keys.`,
    { type: 'team_member_permission_error', param: route },
  );
}

/**
 * Whether what the caller is in a team lets them change something: whoever only views uses nothing but their place as
 * an admin of its organization.
 * @param access with the reach of a permission to write.
 */
export function usesTeamRole({ principal, roleReach }: Access, team: Pick<TeamTable, 'organization_id'>): boolean {
  return roleReach !== 'none' || administers(principal, team.organization_id);
}

/** A role in a team as stored; what is not `admin` is `user`. */
export function asTeamRole(role: string): 'admin' | 'user' {
  return role === 'admin' ? 'admin' : 'user';
}
