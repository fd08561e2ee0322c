import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, jsonObject, numberInQuery } from '../../http/fields.contract.ts';

/** Columns that the audit log can be sorted by; by `table_name`, entries are grouped by table. */
export const auditSortColumns = ['updated_at', 'changed_by', 'action', 'object_id', 'table_name'] as const;

/** The tables of LiteLLM that the audit log names, by what was changed; what it has no table for has a name of ours. */
export const auditTables = {
  key: 'LiteLLM_VerificationToken',
  user: 'LiteLLM_UserTable',
  'user-import': 'LiteLLM_UserImport',
  team: 'LiteLLM_TeamTable',
  'team-member': 'LiteLLM_TeamMembership',
  invitation: 'LiteLLM_InvitationLink',
  'password-reset': 'LiteLLM_PasswordResetTable',
  session: 'LiteLLM_UISession',
  settings: 'LiteLLM_Config',
  budget: 'LiteLLM_BudgetTable',
  customer: 'LiteLLM_EndUserTable',
  organization: 'LiteLLM_OrganizationTable',
  'organization-member': 'LiteLLM_OrganizationMembership',
  model: 'LiteLLM_ProxyModelTable',
  spend: 'LiteLLM_Spend',
} as const;

/**
 * One change, as LiteLLM shows it. Secrets are masked; `changed_by_api_key` is a hash, and empty for sessions. Who
 * somebody else is and where they were is for those alone who may see everything: to others these fields are empty.
 */
export const auditRow = z.object({
  id: z.string(),
  updated_at: instant,
  changed_by: z.string(),
  changed_by_api_key: z.string(),
  action: z.string(),
  table_name: z.string(),
  object_id: z.string(),
  before_value: z.nullable(jsonObject),
  updated_values: z.nullable(jsonObject),
  // From here on, what LiteLLM's rows do not have.
  changed_by_email: z.nullable(z.string()),
  /** Empty where the gateway itself has done it. */
  ip: z.string(),
  user_agent: z.string(),
  /** The id of the call that made the change, as in the gateway's log. */
  request_id: z.string(),
});

const auditFilters = {
  changed_by: z.optional(z.string()),
  changed_by_api_key: z.optional(z.string()),
  action: z.optional(z.string()),
  table_name: z.optional(z.string()),
  object_id: z.optional(z.string()),
  /** The team itself and its members. */
  object_team_id: z.optional(z.string()),
  object_key_hash: z.optional(z.string()),
  /** A day in UTC, or an instant: from then on. */
  start_date: z.optional(z.string()),
  /** A day in UTC, which is included, or an instant. */
  end_date: z.optional(z.string()),
};

const wholeNumber = numberInQuery.check(z.minimum(1), z.multipleOf(1));

/** `GET /audit`: the newest changes first unless sorted otherwise. Counting stops at 100,000. */
export const listAuditLog = defineEndpoint({
  method: 'GET',
  path: '/audit',
  summary: 'Who changed what, filtered, sorted and paged',
  permission: 'audit:read',
  errorShape: 'detail',
  query: z.object({
    ...auditFilters,
    page: z.optional(wholeNumber.check(z.maximum(1_000_000))),
    page_size: z.optional(wholeNumber.check(z.maximum(100))),
    sort_by: z.optional(z.string()),
    sort_order: z.optional(z.string()),
  }),
  result: z.object({
    audit_logs: z.array(auditRow),
    total: z.number(),
    page: z.number(),
    page_size: z.number(),
    total_pages: z.number(),
  }),
});

/** `GET /audit/export`: everything that the same filters show, as a file. */
export const exportAuditLog = defineEndpoint({
  method: 'GET',
  path: '/audit/export',
  summary: 'The audit log as CSV or JSON lines',
  permission: 'audit:read',
  errorShape: 'detail',
  query: z.object({ ...auditFilters, format: z.optional(z.enum(['csv', 'jsonl'])) }),
  result: z.optional(z.string()),
});

/** `GET /audit/{id}`. */
export const getAuditEntry = defineEndpoint({
  method: 'GET',
  path: '/audit/{id}',
  summary: 'One change',
  permission: 'audit:read',
  errorShape: 'detail',
  query: z.object({ id: z.string() }),
  result: auditRow,
});
