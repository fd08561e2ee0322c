import type { Kysely } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import '../budgets/budgets.table.ts';
import { modelsBeyond } from '../keys/key-rules.ts';
import { asFloat, asList } from '../keys/write-python.ts';
import './organizations.table.ts';

/** What an organization lets its teams and keys have. */
export interface OrganizationLimits {
  readonly organizationId: string;
  /** Empty: every model. */
  readonly models: readonly string[];
  readonly maxBudgetNanoUsd: number | null;
  readonly tpmLimit: number | null;
  readonly rpmLimit: number | null;
}

/** What a team or a key is to have; null: no limit of its own, so that the organization's alone holds. */
export interface LimitsWithin {
  readonly models: readonly string[];
  readonly maxBudgetNanoUsd: number | null;
  readonly tpmLimit: number | null;
  readonly rpmLimit: number | null;
}

/**
 * Reads the limits of an organization.
 * @throws ApiError 400 for one that does not exist.
 */
export async function loadOrganizationLimits(
  db: Kysely<Database>,
  organizationId: string,
): Promise<OrganizationLimits> {
  const row = await db
    .selectFrom('organizations')
    .innerJoin('budgets', 'budgets.budget_id', 'organizations.budget_id')
    .select(['organizations.models', 'budgets.max_budget_nano_usd', 'budgets.tpm_limit', 'budgets.rpm_limit'])
    .where('organizations.organization_id', '=', organizationId)
    .executeTakeFirst();
  if (!row) {
    throw refuse(400, `Organization not found, passed organization_id=${organizationId}. See /organization/list.`);
  }
  return {
    organizationId,
    models: JSON.parse(row.models) as string[],
    maxBudgetNanoUsd: row.max_budget_nano_usd,
    tpmLimit: row.tpm_limit,
    rpmLimit: row.rpm_limit,
  };
}

/**
 * Holds a team or a key to its organization.
 * @param what how the refusal calls it.
 * @throws ApiError 400 for models that the organization may not use, and for more than it has itself.
 */
export function assertWithinOrganization(
  organization: OrganizationLimits,
  what: 'Team' | 'Key',
  wanted: LimitsWithin,
): void {
  const { organizationId: id } = organization;
  const beyond = modelsBeyond(wanted.models, organization.models);
  if (beyond.length > 0) {
    throw refuse(
      400,
      `${what} cannot list models=${asList(beyond)}: organization=${id} can only access models=${asList(organization.models)}. List some of these, or none to inherit them.`,
    );
  }
  const most = organization.maxBudgetNanoUsd;
  if (wanted.maxBudgetNanoUsd !== null && most !== null && wanted.maxBudgetNanoUsd > most) {
    throw refuse(
      400,
      `max_budget (${asFloat(nanoUsdToUsd(wanted.maxBudgetNanoUsd))}) cannot exceed the max_budget (${asFloat(nanoUsdToUsd(most))}) of organization=${id}.`,
    );
  }
  assertRate('tpm_limit', wanted.tpmLimit, organization.tpmLimit, id);
  assertRate('rpm_limit', wanted.rpmLimit, organization.rpmLimit, id);
}

function assertRate(name: string, wanted: number | null, most: number | null, organizationId: string): void {
  if (wanted === null || most === null || wanted <= most) return;
  throw refuse(400, `${name} (${wanted}) cannot exceed the ${name} (${most}) of organization=${organizationId}.`);
}

function refuse(status: number, message: string): ApiError {
  return new ApiError(status, message, { type: 'internal_server_error', param: 'None' });
}
