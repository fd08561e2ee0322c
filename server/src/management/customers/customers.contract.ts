import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { maybe, strings, usd } from '../../http/fields.contract.ts';
import { budgetFields, budgetRow } from '../budgets/budgets.contract.ts';

/** A customer, as LiteLLM shows one. */
export const customerRow = z.object({
  user_id: z.string(),
  blocked: z.boolean(),
  alias: z.nullable(z.string()),
  spend: usd,
  allowed_model_region: z.nullable(z.string()),
  default_model: z.nullable(z.string()),
  budget_id: z.nullable(z.string()),
  litellm_budget_table: z.nullable(budgetRow),
  object_permission_id: z.null(),
  object_permission: z.null(),
});

const region = z.enum(['eu', 'us']);

// Models are called with texts of at most 200 characters, so a longer id would never be met.
const customerId = z.string().check(z.minLength(1), z.maxLength(200));

const customerIds = z.object({
  user_ids: z
    .array(customerId)
    .check(z.minLength(1, 'name at least one customer'), z.maxLength(500, 'at most 500 customers at a time')),
});

/** `POST /customer/new`: any limit makes a budget for this customer alone. */
export const createCustomer = defineEndpoint({
  method: 'POST',
  path: '/customer/new',
  aliases: ['/end_user/new'],
  summary: 'Add a customer',
  permission: 'customer:create',
  body: z.object({
    ...budgetFields,
    user_id: customerId,
    alias: maybe(z.string()),
    blocked: z.optional(z.boolean()),
    budget_id: maybe(z.string()),
    allowed_model_region: maybe(region),
    default_model: maybe(z.string()),
  }),
  result: customerRow,
});

/** `GET /customer/info`. */
export const getCustomer = defineEndpoint({
  method: 'GET',
  path: '/customer/info',
  aliases: ['/end_user/info'],
  summary: 'One customer',
  permission: 'customer:read',
  query: z.object({ end_user_id: z.string() }),
  result: customerRow,
});

/** `GET /customer/list`. */
export const listCustomers = defineEndpoint({
  method: 'GET',
  path: '/customer/list',
  aliases: ['/end_user/list'],
  summary: 'All customers',
  permission: 'customer:read',
  result: z.array(customerRow),
});

/** `POST /customer/update`: absent and null fields stay; `blocked: false` unblocks. */
export const updateCustomer = defineEndpoint({
  method: 'POST',
  path: '/customer/update',
  aliases: ['/end_user/update'],
  summary: 'Change a customer',
  permission: 'customer:update',
  body: z.object({
    user_id: z.string(),
    alias: maybe(z.string()),
    blocked: maybe(z.boolean()),
    max_budget: maybe(usd),
    budget_id: maybe(z.string()),
    allowed_model_region: maybe(region),
    default_model: maybe(z.string()),
  }),
  result: customerRow,
});

/** `POST /customer/delete`: all of them or none. */
export const deleteCustomers = defineEndpoint({
  method: 'POST',
  path: '/customer/delete',
  aliases: ['/end_user/delete'],
  summary: 'Delete customers',
  permission: 'customer:delete',
  body: z.object({ user_ids: strings.check(z.maxLength(500, 'at most 500 customers at a time')) }),
  result: z.object({ deleted_customers: z.number(), message: z.string() }),
});

/** `POST /customer/block`: whom nobody knows yet is added. Calls on their behalf are refused at once. */
export const blockCustomers = defineEndpoint({
  method: 'POST',
  path: '/customer/block',
  aliases: ['/end_user/block'],
  summary: 'Refuse model calls on behalf of customers',
  permission: 'customer:update',
  body: customerIds,
  result: z.object({ blocked_users: z.array(customerRow) }),
});

/** `POST /customer/unblock`. */
export const unblockCustomers = defineEndpoint({
  method: 'POST',
  path: '/customer/unblock',
  aliases: ['/end_user/unblock'],
  summary: 'Let model calls on behalf of customers through again',
  permission: 'customer:update',
  body: customerIds,
  /** Those of the request that are blocked still: none. */
  result: z.object({ blocked_users: strings }),
});
