import type { Kysely } from 'kysely';
import { administers, type Principal } from '../../access/principal.ts';
import type { InternalUserDefaults } from '../../config/settings.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import { modelsBeyond } from '../keys/key-rules.ts';
import '../teams/teams.table.ts';
import { type FilledUser, fillUserDefaults } from './fill-user-defaults.ts';
import type { UserTable } from './users.table.ts';

/** A person whom an org admin wants to add. */
export interface WantedUser {
  readonly filled: FilledUser;
  readonly organizationIds: readonly string[];
  /** Teams that the request names; those of the settings are everybody's. */
  readonly teamIds: readonly string[];
  readonly spend: number;
}

/**
 * Holds org admins to their organizations: the people they add belong to one of them, join no teams elsewhere, and get
 * no more of what the whole gateway pays for than anybody gets.
 * @throws ApiError 403 that names what is too much.
 */
export async function assertMayAddUser(
  db: Kysely<Database>,
  principal: Principal,
  wanted: WantedUser,
  defaults: InternalUserDefaults,
): Promise<void> {
  const { organizationIds, teamIds, filled } = wanted;
  const foreign = organizationIds.find((id) => !administers(principal, id));
  if (organizationIds.length === 0 || foreign !== undefined) {
    throw refuse(
      `User=${principal.userId} is not an admin of organization=${foreign ?? 'None'}. Send organizations with the id of one that you administer.`,
    );
  }
  for (const teamId of teamIds) {
    const team = await db
      .selectFrom('teams')
      .select('organization_id')
      .where('team_id', '=', teamId)
      .executeTakeFirst();
    if (!administers(principal, team?.organization_id ?? null)) {
      throw refuse(`team=${teamId} is not of an organization that you administer. Leave it out.`);
    }
  }
  if (filled.role !== 'internal_user' && filled.role !== 'internal_user_viewer') {
    throw refuse(`Org admins add users with the roles internal_user and internal_user_viewer, not ${filled.role}.`);
  }
  const beyond = beyondUsual(filled, fillUserDefaults({ user_role: filled.role }, defaults));
  if (wanted.spend !== 0) beyond.push('spend');
  if (beyond.length === 0) return;
  throw refuse(
    `Org admins give a new user no more than everybody gets. Too much is: ${beyond.join(', ')}. Leave that out, or ask a proxy admin.`,
  );
}

/** A shorter period spends the same budget more often, so another one counts as more. */
function beyondUsual(wanted: FilledUser, usual: FilledUser): string[] {
  const beyond: string[] = [];
  const { maxBudgetNanoUsd: most } = usual;
  if (most !== null) {
    if (wanted.maxBudgetNanoUsd === null || wanted.maxBudgetNanoUsd > most) beyond.push('max_budget');
    if (wanted.budgetDuration !== usual.budgetDuration) beyond.push('budget_duration');
  }
  const isWider =
    wanted.models.length === 0 ? usual.models.length > 0 : modelsBeyond(wanted.models, usual.models).length > 0;
  if (isWider) beyond.push('models');
  return beyond;
}

/**
 * Org admins delete accounts that were made in an organization of theirs, and no others: adding somebody to an
 * organization must not be a way to delete them.
 * @throws ApiError 403.
 */
export function assertMayDeleteUser(principal: Principal, user: UserTable): void {
  if (principal.role === 'proxy_admin') return;
  if (administers(principal, user.organization_id) && user.user_role.startsWith('internal_user')) return;
  throw refuse(
    `User=${user.user_id} has an account that was not made in an organization of yours. Take them out of yours with /organization/member_delete, or ask a proxy admin.`,
  );
}

function refuse(message: string): ApiError {
  return new ApiError(403, message, { type: 'auth_error', param: 'None' });
}
