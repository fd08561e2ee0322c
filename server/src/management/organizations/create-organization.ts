import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import type { BudgetTable } from '../budgets/budgets.table.ts';
import { readDetailedLimits, type SentDetailedLimits } from '../budgets/index.ts';
import { insertBudget } from '../budgets/insert-budget.ts';
import { sentLimits } from '../budgets/sent-limits.ts';
import { readAlias } from '../keys/key-rules.ts';
import type { Parts } from '../parts.ts';
import { describeOrganization } from './describe-organization.ts';
import type { NewOrganization } from './organizations.contract.ts';
import type { OrganizationTable } from './organizations.table.ts';
import { type PresentedOrganization, presentOrganization } from './present-organization.ts';

/** By this id `/team/list` calls the teams that have no organization. */
const reservedId = 'default_organization';

/**
 * Creates an organization. Its limits become a budget of its own, unless it is told to share one that exists.
 * @throws ApiError 400 without a name, for an id that is taken or reserved, an unknown budget, a budget beside limits,
 * and limits that make no sense.
 */
export async function createOrganization(
  parts: Parts,
  call: Call,
  input: NewOrganization,
): Promise<PresentedOrganization> {
  const organizationId = input.organization_id?.trim() || randomUUID();
  if (organizationId === reservedId) {
    throw refuse(`organization_id '${reservedId}' is reserved. Choose another id, or leave it out.`);
  }
  const alias = readRequiredAlias(input.organization_alias);
  const modelRates = readModelRates(parts, input);
  return parts.changes.change(call.context, async (tx) => {
    const { budget, audit } = await budgetFor(tx, parts, call, input);
    const now = parts.now();
    const by = call.principal.userId ?? '';
    const organization: OrganizationTable = {
      organization_id: organizationId,
      organization_alias: alias,
      models: JSON.stringify(input.models ?? []),
      metadata: JSON.stringify(input.metadata ?? {}),
      budget_id: budget.budget_id,
      ...noModelRates,
      ...modelRates,
      spend_nano_usd: 0,
      ...{ created_at: now, created_by: by, updated_at: now, updated_by: by },
    };
    try {
      await tx.insertInto('organizations').values(organization).execute();
    } catch (error) {
      throw isUniqueViolation(error) ? idTaken(organizationId) : error;
    }
    const created: AuditEntry = {
      action: 'created',
      object: { type: 'organization', id: organizationId },
      after: describeOrganization(organization),
    };
    return { result: presentOrganization(organization, budget), audit: [created, ...audit] };
  });
}

async function budgetFor(
  tx: Transaction<Database>,
  parts: Parts,
  call: Call,
  input: NewOrganization,
): Promise<{ budget: BudgetTable; audit: readonly AuditEntry[] }> {
  const limits = sentLimits(input);
  if (!input.budget_id) {
    const createdBy = call.principal.userId ?? '';
    const { row, audit } = await insertBudget(tx, {
      budgetId: randomUUID(),
      fields: limits,
      createdBy,
      now: parts.now(),
    });
    return { budget: row, audit: [audit] };
  }
  assertNoLimitsBesideBudget(limits);
  return { budget: await findBudget(tx, input.budget_id), audit: [] };
}

/** @throws ApiError 400: which of the two would hold, nobody could tell. */
export function assertNoLimitsBesideBudget(limits: object): void {
  if (Object.values(limits).every((limit) => limit === null || limit === undefined)) return;
  throw refuse('Set either budget_id or limits such as max_budget, not both. The limits of a budget are its own.');
}

/** @throws ApiError 400 for a budget that does not exist. */
export async function findBudget(tx: Transaction<Database>, budgetId: string): Promise<BudgetTable> {
  const budget = await tx.selectFrom('budgets').selectAll().where('budget_id', '=', budgetId).executeTakeFirst();
  if (budget) return budget;
  throw refuse(`Budget not found, passed budget_id=${budgetId.slice(0, 200)}. Create it with /budget/new.`);
}

/** @throws ApiError 400 for a name that is empty or cannot be shown. */
export function readRequiredAlias(sent: string | null | undefined): string {
  const alias = readAlias(sent, 'organization_alias');
  if (alias === null) throw refuse('organization_alias is empty. Give the organization a name.');
  return alias;
}

const noModelRates = { model_rpm_limit: '{}', model_tpm_limit: '{}' };

/**
 * Reads the rates of single models that were sent; budgets of single models, which go into the budget, are checked.
 * @throws ApiError 400 for too many models, and for a period that cannot be understood.
 */
export function readModelRates(
  parts: Parts,
  { model_max_budget, model_rpm_limit, model_tpm_limit }: Omit<SentDetailedLimits, 'budget_limits'>,
): Partial<typeof noModelRates> {
  const { model_max_budget: _checked, ...rates } = readDetailedLimits(parts, {
    model_max_budget,
    model_rpm_limit,
    model_tpm_limit,
  });
  return rates;
}

function idTaken(organizationId: string): ApiError {
  return refuse(`Organization id = ${organizationId} already exists. Please use a different organization id.`);
}

function refuse(message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param: 'None' });
}
