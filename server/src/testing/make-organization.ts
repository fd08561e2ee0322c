import { systemContext } from '../audit/change.ts';
import { readBudgetFields, type SentBudgetFields } from '../management/budgets/read-budget-fields.ts';
import type { TestApp } from './start-test-app.ts';

let count = 0;

/** Makes an organization. @returns its id; the budget's is the same. */
export async function makeOrganization(
  app: TestApp,
  { models = [], ...limits }: SentBudgetFields & { models?: readonly string[] } = {},
): Promise<string> {
  count += 1;
  const organizationId = `organization-${count}`;
  const now = app.app.parts.now();
  const stamps = { created_at: now, created_by: '', updated_at: now, updated_by: '' };
  const object = { type: 'organization', id: organizationId } as const;
  await app.app.parts.changes.change(systemContext, async (tx) => {
    await tx
      .insertInto('budgets')
      .values({
        budget_id: organizationId,
        max_budget_nano_usd: null,
        soft_budget_nano_usd: null,
        max_parallel_requests: null,
        tpm_limit: null,
        rpm_limit: null,
        model_max_budget: null,
        budget_duration: null,
        budget_reset_at: null,
        ...readBudgetFields(limits, now),
        ...stamps,
      })
      .execute();
    await tx
      .insertInto('organizations')
      .values({
        organization_id: organizationId,
        organization_alias: organizationId,
        models: JSON.stringify(models),
        metadata: '{}',
        budget_id: organizationId,
        spend_nano_usd: 0,
        ...stamps,
      })
      .execute();
    return { result: undefined, audit: { action: 'created', object } };
  });
  return organizationId;
}
