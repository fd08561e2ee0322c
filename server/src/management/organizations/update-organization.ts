import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { BudgetTable } from '../budgets/budgets.table.ts';
import { findBound } from '../budgets/find-bound.ts';
import type { SentBudgetFields } from '../budgets/read-budget-fields.ts';
import { sentLimits } from '../budgets/sent-limits.ts';
import { changeBudget } from '../budgets/update-budget.ts';
import { readAmount } from '../keys/key-rules.ts';
import type { Parts } from '../parts.ts';
import { assertNoLimitsBesideBudget, findBudget, readModelRates, readRequiredAlias } from './create-organization.ts';
import { describeOrganization } from './describe-organization.ts';
import { findOrganization, organizationNotFound } from './find-organization.ts';
import type { OrganizationPatch } from './organizations.contract.ts';
import type { OrganizationTable } from './organizations.table.ts';
import { type PresentedOrganizationWithMembers, presentOrganizationWithMembers } from './present-organization.ts';

/**
 * Changes an organization. Limits change its budget; one that binds others too is left as it is, and the organization
 * gets one of its own. What its teams and keys have stays: where it is more, the organization's limits hold anyway.
 * @throws ApiError 400 for values that make no sense and an unknown budget, 404 for an unknown organization.
 */
export async function updateOrganization(
  parts: Parts,
  call: Call,
  input: OrganizationPatch,
): Promise<PresentedOrganizationWithMembers> {
  const limits = sentLimits(input);
  if (input.budget_id) assertNoLimitsBesideBudget(limits);
  return parts.changes.change(call.context, async (tx) => {
    const before = await lockOrganization(tx, input.organization_id);
    if (!before) throw organizationNotFound(input.organization_id);
    const budget = Object.keys(limits).length === 0 ? null : await changeLimits(tx, parts, call, before, limits);
    const patch: Partial<OrganizationTable> = {
      ...(await readPatch(tx, parts, call, input)),
      ...(budget === null ? {} : { budget_id: budget.budgetId }),
      updated_at: parts.now(),
      updated_by: call.principal.userId ?? '',
    };
    await tx.updateTable('organizations').set(patch).where('organization_id', '=', input.organization_id).execute();
    const after = await findOrganization(tx, call, input.organization_id);
    return {
      result: presentOrganizationWithMembers(after, call.access),
      audit: [
        {
          action: 'updated',
          object: { type: 'organization', id: input.organization_id },
          before: describeOrganization(before),
          after: describeOrganization(after.organization),
        },
        ...(budget?.audit ?? []),
      ],
    };
  });
}

/**
 * Reads an organization so that nobody else changes it or its members until the write is over.
 * @returns null when there is none.
 */
export async function lockOrganization(
  tx: Transaction<Database>,
  organizationId: string,
): Promise<OrganizationTable | null> {
  const row = await tx
    .updateTable('organizations')
    // An update that changes nothing takes the row's lock on both engines.
    .set({ updated_at: sql<number>`updated_at` })
    .where('organization_id', '=', organizationId)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

async function readPatch(
  tx: Transaction<Database>,
  parts: Parts,
  call: Call,
  input: OrganizationPatch,
): Promise<Partial<OrganizationTable>> {
  const patch: Partial<OrganizationTable> = {};
  const sent = (name: keyof OrganizationPatch): boolean => call.sentFields.has(name);
  if (sent('organization_alias')) patch.organization_alias = readRequiredAlias(input.organization_alias);
  if (sent('models')) patch.models = JSON.stringify(input.models ?? []);
  if (sent('metadata')) patch.metadata = JSON.stringify(input.metadata ?? {});
  const spendNanoUsd = readAmount('spend', input.spend);
  if (spendNanoUsd !== null) patch.spend_nano_usd = spendNanoUsd;
  Object.assign(patch, readModelRates(parts, input));
  if (input.budget_id) patch.budget_id = (await findBudget(tx, input.budget_id)).budget_id;
  return patch;
}

async function changeLimits(
  tx: Transaction<Database>,
  parts: Parts,
  call: Call,
  organization: OrganizationTable,
  limits: SentBudgetFields,
): Promise<{ budgetId: string; audit: readonly AuditEntry[] }> {
  const { budget_id: budgetId, organization_id: organizationId } = organization;
  const changedBy = call.principal.userId ?? '';
  const isShared = (await findBound(tx, budgetId, { organizationId })) !== null;
  const copied = isShared ? await copyBudget(tx, parts, changedBy, await findBudget(tx, budgetId)) : null;
  const changed = await changeBudget(tx, {
    budgetId: copied?.budgetId ?? budgetId,
    fields: limits,
    changedBy,
    now: parts.now(),
  });
  return { budgetId: changed.row.budget_id, audit: [...(copied?.audit ?? []), changed.audit] };
}

async function copyBudget(
  tx: Transaction<Database>,
  parts: Parts,
  createdBy: string,
  budget: BudgetTable,
): Promise<{ budgetId: string; audit: readonly AuditEntry[] }> {
  const now = parts.now();
  const budgetId = randomUUID();
  const stamps = { created_at: now, created_by: createdBy, updated_at: now, updated_by: createdBy };
  await tx
    .insertInto('budgets')
    .values({ ...budget, budget_id: budgetId, ...stamps })
    .execute();
  return {
    budgetId,
    audit: [{ action: 'created', object: { type: 'budget', id: budgetId }, after: { copy_of: budget.budget_id } }],
  };
}
