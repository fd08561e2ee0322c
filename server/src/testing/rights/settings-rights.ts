import { adminsOnly, type EndpointRights, everybody, type Row, thoseWhoSeeAll } from './endpoint-rights.ts';

const on = (
  endpoint: string,
  rights: Row,
  input: Record<string, unknown> = {},
  more: Partial<EndpointRights> = {},
): EndpointRights => ({ endpoint, on: 'nothing', rights, input: () => input, ...more });

const open = (endpoint: string): EndpointRights => on(endpoint, everybody, {}, { isPublic: true });

/** One's own acts, and what was done to one's account. */
const ownEntries: Row = ['ok', 'ok', { ok: ['own'], else: 404 }, { ok: ['own'], else: 404 }, 401];

/** Models of everybody: who may add some for a team is told so with 403 (contract 1.6). */
const forEverybody: Row = ['ok', 403, 403, 401, 401, 403];

/** Contract 1.5, 1.6, 2.7, 2.8 and 2.11: budgets, customers, models, health, cache, settings and the audit log. */
export const settingsRights: readonly EndpointRights[] = [
  on('POST /budget/new', adminsOnly, { budget_id: 'id-of-a-new-budget', max_budget: 1 }),
  on('POST /budget/update', adminsOnly, { budget_id: 'id-of-budget', max_budget: 1 }),
  on('POST /budget/info', adminsOnly, { budgets: ['id-of-budget'] }),
  on('POST /budget/delete', adminsOnly, { id: 'id-of-budget' }),
  on('GET /budget/list', thoseWhoSeeAll),
  on('GET /management/v1/budgets', thoseWhoSeeAll),
  on('GET /budget/settings', thoseWhoSeeAll, { budget_id: 'id-of-budget' }),
  on('POST /customer/new', adminsOnly, { user_id: 'id-of-a-new-customer' }),
  on('POST /customer/update', adminsOnly, { user_id: 'id-of-customer', alias: 'changed by the walk' }),
  on('POST /customer/delete', adminsOnly, { user_ids: ['id-of-customer'] }),
  on('POST /customer/block', adminsOnly, { user_ids: ['id-of-customer'] }),
  on('POST /customer/unblock', adminsOnly, { user_ids: ['id-of-customer'] }),
  on('GET /customer/info', thoseWhoSeeAll, { end_user_id: 'id-of-customer' }),
  on('GET /customer/list', thoseWhoSeeAll),
  on('GET /v1/models', everybody),
  on('GET /v1/models/*', everybody, { '*': 'gpt' }),
  on('GET /model/info', everybody),
  on('GET /v2/model/info', everybody),
  on('GET /model_group/info', everybody),
  on('POST /model/new', forEverybody, {
    model_name: 'made-by-the-walk',
    litellm_params: { model: 'openai/x', mock_response: 'hi' },
  }),
  on('POST /model/update', forEverybody, { model_name: 'changed-by-the-walk', model_info: { id: 'id-of-model' } }),
  on('PATCH /model/{model_id}/update', forEverybody, { model_id: 'id-of-model', model_name: 'changed-by-the-walk' }),
  on('POST /model/delete', forEverybody, { id: 'id-of-model' }),
  on('POST /model/block', adminsOnly, { model_id: 'id-of-model' }),
  on('POST /model/unblock', adminsOnly, { model_id: 'id-of-model' }),
  on('GET /health', everybody, { model: 'gpt' }, { servedWrites: ['health_checks', 'latest_health_checks'] }),
  on('GET /health/readiness/details', everybody),
  on('GET /health/history', everybody),
  on('GET /health/latest', everybody),
  on('GET /health/backlog', everybody),
  on('POST /health/test_connection', adminsOnly, { litellm_params: { model: 'openai/x', mock_response: 'hi' } }),
  open('GET /health/readiness'),
  open('GET /health/liveliness'),
  open('GET /routes'),
  open('GET /.well-known/litellm-ui-config'),
  on('POST /utils/token_counter', everybody, { model: 'gpt', prompt: 'hi' }),
  on('POST /utils/transform_request', everybody, { call_type: 'completion', request_body: { model: 'gpt' } }),
  on('GET /utils/supported_openai_params', everybody, { model: 'gpt' }),
  on('GET /cache/ping', thoseWhoSeeAll),
  on('GET /cache/settings', thoseWhoSeeAll),
  on('POST /cache/flushall', adminsOnly),
  on('POST /cache/delete', adminsOnly, { keys: ['no-such-key'] }),
  on('GET /sso/get/ui_settings', everybody),
  on('GET /get/internal_user_settings', thoseWhoSeeAll),
  on('PATCH /update/internal_user_settings', adminsOnly, { max_budget: 1 }),
  on('GET /get/default_team_settings', thoseWhoSeeAll),
  on('PATCH /update/default_team_settings', adminsOnly, { max_budget: 1 }),
  on('GET /config/list', thoseWhoSeeAll),
  on('GET /config/field/info', thoseWhoSeeAll, { field_name: 'alerting' }),
  on('POST /config/update', adminsOnly, { router_settings: { allowed_fails: 4 } }),
  on('POST /config/field/update', adminsOnly, { field_name: 'alert_types', field_value: ['budget_alerts'] }),
  // Nothing is set yet that could be taken back: whoever may is told so.
  on('POST /config/field/delete', [400, 403, 401, 401, 401], { field_name: 'alerting' }),
  on('GET /get/config/callbacks', thoseWhoSeeAll),
  on('GET /active/callbacks', thoseWhoSeeAll),
  on('GET /email/event_settings', thoseWhoSeeAll),
  on('PATCH /email/event_settings', adminsOnly, { settings: [{ event: 'Max Budget Alert', enabled: false }] }),
  on('POST /email/event_settings/reset', adminsOnly),
  on('GET /get/email_settings', thoseWhoSeeAll),
  on('PATCH /update/email_settings', adminsOnly, { email_support_contact: 'help@example.com' }),
  on('GET /email/preview/{event}', thoseWhoSeeAll, { event: 'Test Mail' }),
  on('GET /email/outbox', thoseWhoSeeAll),
  // Nothing is set up here that could send: whoever may is told so.
  on('POST /email/test', [400, 403, 401, 401, 401], { to: 'ann@example.com' }),
  on('GET /health/services', [422, 403, 401, 401, 401], { service: 'slack' }),
  on('GET /audit', ['ok', 'ok', 'ok', 'ok', 401], { page_size: 100 }),
  on('GET /audit/export', ['ok', 'ok', 'ok', 'ok', 401], { format: 'jsonl' }),
  {
    endpoint: 'GET /audit/{id}',
    on: 'audit entry',
    rights: ownEntries,
    input: (entry) => ({ id: entry.id }),
  },
];
