import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import { findBound } from '../budgets/find-bound.ts';
import { forgetWindows } from '../budgets/index.ts';
import { insertBudget } from '../budgets/insert-budget.ts';
import type { SentBudgetFields } from '../budgets/read-budget-fields.ts';
import { readBudgetFields } from '../budgets/read-budget-fields.ts';
import { readBudgetId } from '../budgets/read-budget-id.ts';
import { sentLimits } from '../budgets/sent-limits.ts';
import type { Parts } from '../parts.ts';
import type * as contract from './customers.contract.ts';
import { customerNotFound, findCustomer, findCustomers, type PresentedCustomer } from './customers.store.ts';
import type { CustomerTable } from './customers.table.ts';

type NewCustomer = z.infer<NonNullable<(typeof contract.createCustomer)['input']>>;
type CustomerPatch = z.infer<NonNullable<(typeof contract.updateCustomer)['input']>>;

/**
 * Adds a customer. With any limit, a budget for this customer alone comes into being.
 * @throws ApiError 400 for an id that is taken and an unknown budget; 422 for a budget beside a limit and for an
 * unknown default model.
 */
export async function createCustomer(parts: Parts, call: Call, input: NewCustomer): Promise<PresentedCustomer> {
  const hasLimits = Object.values(sentLimits(input)).some((limit) => limit !== null);
  if (hasLimits && input.budget_id) {
    throw invalid('budget_id', 'Set either budget_id or limits such as max_budget, not both.');
  }
  checkDefaultModel(parts, input.default_model);
  try {
    return await parts.changes.change(call.context, async (tx) => {
      const audit: AuditEntry[] = [];
      let budgetId = await readBudgetId(tx, input.budget_id);
      if (hasLimits) {
        const budget = await addBudget(tx, parts, call, input);
        budgetId = budget.row.budget_id;
        audit.push(budget.audit);
      }
      const row = {
        ...newCustomer(input.user_id, parts.now()),
        alias: input.alias ?? null,
        allowed_model_region: input.allowed_model_region ?? null,
        default_model: input.default_model || null,
        budget_id: budgetId,
        blocked_at: input.blocked ? parts.now() : null,
      };
      await tx.insertInto('customers').values(row).execute();
      const result = await findCustomer(tx, input.user_id);
      return { result, audit: [entry('created', input.user_id, undefined, result), ...audit] };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new ApiError(400, `Customer already exists, passed user_id=${input.user_id}. Please pass a new user_id.`, {
      type: 'bad_request',
      param: 'user_id',
    });
  }
}

/**
 * Changes a customer; absent and null fields stay. `max_budget` changes the budget of this customer alone: one that
 * is shared with others is left as it is, and the customer gets one of its own.
 * @throws ApiError 404 for an unknown customer, 400 for an unknown budget, 422 for an unknown default model.
 */
export async function updateCustomer(parts: Parts, call: Call, input: CustomerPatch): Promise<PresentedCustomer> {
  if (typeof input.max_budget === 'number' && input.budget_id) {
    throw invalid('budget_id', 'Set either budget_id or max_budget, not both.');
  }
  checkDefaultModel(parts, input.default_model);
  const now = parts.now();
  return parts.changes.change(call.context, async (tx) => {
    const row = await tx
      .updateTable('customers')
      .set({ updated_at: now })
      .where('user_id', '=', input.user_id)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw customerNotFound(input.user_id);
    const before = await findCustomer(tx, input.user_id);
    const budgetId = await readBudgetId(tx, input.budget_id);
    const audit: AuditEntry[] = [];
    const changes: Partial<CustomerTable> = {};
    if (input.alias) changes.alias = input.alias;
    if (input.allowed_model_region) changes.allowed_model_region = input.allowed_model_region;
    if (input.default_model) changes.default_model = input.default_model;
    if (budgetId !== null) changes.budget_id = budgetId;
    if (typeof input.blocked === 'boolean') changes.blocked_at = input.blocked ? (row.blocked_at ?? now) : null;
    if (typeof input.max_budget === 'number') {
      const changed = await setOwnMaxBudget(tx, parts, call, row, input.max_budget);
      changes.budget_id = changed.budgetId;
      audit.push(changed.audit);
    }
    await tx
      .updateTable('customers')
      .set({ ...changes, updated_at: now })
      .where('user_id', '=', input.user_id)
      .execute();
    const result = await findCustomer(tx, input.user_id);
    return { result, audit: [entry('updated', input.user_id, before, result), ...audit] };
  });
}

/**
 * Deletes customers, all of them or none; what they have spent stays in the books.
 * @throws ApiError 404 that names those who do not exist, 400 when none is named.
 */
export async function deleteCustomers(parts: Parts, call: Call, userIds: readonly string[]) {
  const ids = [...new Set(userIds)].sort();
  if (ids.length === 0) {
    throw new ApiError(400, 'user_ids is empty: name the customers to delete.', {
      type: 'bad_request',
      param: 'user_ids',
    });
  }
  return parts.changes.change(call.context, async (tx) => {
    const known = await findCustomers(tx, ids);
    const unknown = ids.filter((id) => !known.some((customer) => customer.user_id === id));
    if (unknown.length > 0) {
      throw new ApiError(404, `End User Id(s)=${unknown.join(', ')} do not exist in db`, {
        type: 'not_found',
        param: 'user_ids',
      });
    }
    const audit = known.map((customer) => entry('deleted', customer.user_id, customer, undefined));
    await tx.deleteFrom('customers').where('user_id', 'in', ids).execute();
    await forgetWindows(tx, 'customer', ids);
    const list = ids.map((id) => `'${id}'`).join(', ');
    return {
      result: { deleted_customers: ids.length, message: `Successfully deleted customers with ids: [${list}]` },
      audit: atLeastOne(audit),
    };
  });
}

/** Blocks customers; whom nobody knows yet is added. Calls on their behalf are refused from now on. */
export async function blockCustomers(parts: Parts, call: Call, userIds: readonly string[]) {
  const ids = [...new Set(userIds)].sort();
  const now = parts.now();
  return parts.changes.change(call.context, async (tx) => {
    await tx
      .insertInto('customers')
      .values(ids.map((id) => ({ ...newCustomer(id, now), blocked_at: now })))
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ blocked_at: now, updated_at: now }))
      .execute();
    const audit = ids.map((id) => entry('blocked', id, undefined, undefined));
    return { result: { blocked_users: await findCustomers(tx, ids) }, audit: atLeastOne(audit) };
  });
}

/** Lets calls on behalf of customers through again. Whom nobody knows is not blocked anyway. */
export async function unblockCustomers(parts: Parts, call: Call, userIds: readonly string[]) {
  const ids = [...new Set(userIds)].sort();
  return parts.changes.change(call.context, async (tx) => {
    await tx
      .updateTable('customers')
      .set({ blocked_at: null, updated_at: parts.now() })
      .where('user_id', 'in', ids)
      .execute();
    const audit = ids.map((id) => entry('unblocked', id, undefined, undefined));
    return { result: { blocked_users: [] }, audit: atLeastOne(audit) };
  });
}

/** The row of a customer about whom nothing is known. */
function newCustomer(customerId: string, now: number): CustomerTable {
  return {
    user_id: customerId,
    alias: null,
    spend_nano_usd: 0,
    allowed_model_region: null,
    default_model: null,
    budget_id: null,
    blocked_at: null,
    last_used_at: null,
    created_at: now,
    updated_at: now,
  };
}

async function setOwnMaxBudget(
  tx: Transaction<Database>,
  parts: Parts,
  call: Call,
  customer: CustomerTable,
  maxBudget: number,
): Promise<{ budgetId: string; audit: AuditEntry }> {
  const { budget_id: budgetId } = customer;
  const isShared = budgetId !== null && (await findBound(tx, budgetId, { customerId: customer.user_id })) !== null;
  if (budgetId === null || isShared) {
    const { row, audit } = await addBudget(tx, parts, call, { max_budget: maxBudget });
    return { budgetId: row.budget_id, audit };
  }
  const changes = readBudgetFields({ max_budget: maxBudget }, parts.now());
  await tx
    .updateTable('budgets')
    .set({ ...changes, updated_at: parts.now(), updated_by: call.principal.userId ?? '' })
    .where('budget_id', '=', budgetId)
    .execute();
  return {
    budgetId,
    audit: { action: 'updated', object: { type: 'budget', id: budgetId }, after: { max_budget: maxBudget } },
  };
}

function addBudget(tx: Transaction<Database>, parts: Parts, call: Call, fields: SentBudgetFields) {
  return insertBudget(tx, {
    budgetId: randomUUID(),
    fields,
    createdBy: call.principal.userId ?? '',
    now: parts.now(),
  });
}

function checkDefaultModel({ modelNames }: Parts, model: string | null | undefined): void {
  if (!model || modelNames().includes(model)) return;
  throw invalid(
    'default_model',
    `Default Model not on proxy. Configure via \`/model/new\` or config.yaml. Default_model=${model}`,
  );
}

function invalid(field: string, msg: string): ApiError {
  return new ApiError(422, msg, {
    type: 'validation_error',
    param: field,
    detail: [{ type: 'value_error', loc: ['body', field], msg }],
  });
}

function entry(
  action: AuditEntry['action'],
  customerId: string,
  before: PresentedCustomer | undefined,
  after: PresentedCustomer | undefined,
): AuditEntry {
  return { action, object: { type: 'customer', id: customerId }, before, after };
}

function atLeastOne(audit: readonly AuditEntry[]): [AuditEntry, ...AuditEntry[]] {
  const [first, ...others] = audit;
  if (!first) throw new Error('The declaration demands at least one customer.');
  return [first, ...others];
}
