import type { Kysely } from 'kysely';
import { administers } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { assertWithinOrganization, loadOrganizationLimits } from '../organizations/organization-limits.ts';
import type { TeamTable } from './teams.table.ts';

type Limited = Pick<
  TeamTable,
  'organization_id' | 'models' | 'model_aliases' | 'max_budget_nano_usd' | 'tpm_limit' | 'rpm_limit'
>;

/**
 * Holds a team to its organization: within its models and limits, and moved only by those who administer both sides.
 * @param before null: the team is new.
 * @throws ApiError 403 for an organization that the caller does not administer, 400 for one that does not exist and for
 * limits beyond it.
 */
export async function assertWithinTeamOrganization(
  tx: Kysely<Database>,
  { access }: Call,
  before: Limited | null,
  after: Limited,
): Promise<void> {
  const isMove = before?.organization_id !== after.organization_id;
  if (access.reach !== 'all' && isMove && !administers(access.principal, after.organization_id)) {
    throw notOrgAdmin(access.principal.userId, after.organization_id);
  }
  if (after.organization_id === null) return;
  // Only what changes is compared: an older team beyond a newer limit may still be renamed.
  const changed = <Limit>(name: keyof Limited, limit: Limit): Limit | null =>
    isMove || before?.[name] !== after[name] ? limit : null;
  assertWithinOrganization(await loadOrganizationLimits(tx, after.organization_id), 'Team', {
    models: [
      ...(changed('models', JSON.parse(after.models) as string[]) ?? []),
      ...(changed('model_aliases', Object.values(JSON.parse(after.model_aliases) as Record<string, string>)) ?? []),
    ],
    maxBudgetNanoUsd: changed('max_budget_nano_usd', after.max_budget_nano_usd),
    tpmLimit: changed('tpm_limit', after.tpm_limit),
    rpmLimit: changed('rpm_limit', after.rpm_limit),
  });
}

/** Whether the organization exists is not told. */
function notOrgAdmin(userId: string | null, organizationId: string | null): ApiError {
  const message =
    organizationId === null
      ? 'Only proxy admins have teams without an organization. Send the organization_id of one that you administer.'
      : `User=${userId} is not an admin of organization=${organizationId}. Send the organization_id of one that you administer.`;
  return new ApiError(403, message, { type: 'auth_error', param: 'organization_id' });
}
