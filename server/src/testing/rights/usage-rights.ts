import { hashOf } from './build-world.ts';
import { type EndpointRights, everyPerson, type Outcome, type Row, thoseWhoSeeAll } from './endpoint-rights.ts';
import { led, own } from './relations.ts';

const dates = { start_date: '2026-11-25', end_date: '2026-11-25' };
const wideDates = { start_date: '2026-11-24', end_date: '2026-11-26' };

/** One's own usage; that of others is refused. */
const ownUsage = (otherwise: Outcome): Row => [
  'ok',
  'ok',
  { ok: ['own'], else: otherwise },
  { ok: ['own'], else: otherwise },
  401,
];

/** Only what one did oneself, whatever one asks for: of other things nothing is shown. */
const ownWithin: Row = ['ok', 'ok', { ok: own, else: 'hidden' }, { ok: own, else: 'hidden' }, 401];

const reading = (endpoint: string, input: Record<string, unknown> = {}): EndpointRights => ({
  endpoint,
  on: 'nothing',
  rights: everyPerson,
  input: () => input,
});

/** Contract 1.6, 2.10 and 8: usage and spend. */
export const usageRights: readonly EndpointRights[] = [
  reading('GET /usage', { ...dates, group_by: 'key' }),
  ...(['user', 'team', 'model', 'none'] as const).map((group_by) => reading('GET /usage', { ...dates, group_by })),
  {
    endpoint: 'GET /usage',
    on: 'user',
    rights: ownUsage(403),
    input: (user) => ({ ...dates, user_id: user.id, group_by: 'key' }),
  },
  {
    endpoint: 'GET /usage',
    on: 'key',
    rights: ownWithin,
    input: (key) => ({ ...dates, api_key: key.id, group_by: 'key' }),
  },
  reading('GET /usage/requests', { limit: 100 }),
  {
    endpoint: 'GET /usage/requests',
    on: 'user',
    rights: ownUsage(403),
    input: (user) => ({ user_id: user.id }),
  },
  { endpoint: 'GET /usage/requests', on: 'key', rights: ownWithin, input: (key) => ({ api_key: key.id }) },
  reading('GET /user/daily/activity/aggregated', dates),
  {
    endpoint: 'GET /user/daily/activity/aggregated',
    on: 'user',
    rights: ownUsage(403),
    input: (user) => ({ ...dates, user_id: user.id }),
  },
  reading('GET /team/daily/activity', dates),
  {
    endpoint: 'GET /team/daily/activity',
    on: 'team',
    rights: ['ok', 'ok', { ok: [...led, 'shared'], else: 403 }, { ok: [...led, 'shared'], else: 403 }, 401],
    input: (team) => ({ ...dates, team_ids: team.id }),
  },
  { ...reading('GET /tag/daily/activity', dates), rights: thoseWhoSeeAll },
  { ...reading('GET /customer/daily/activity', dates), rights: thoseWhoSeeAll },
  { ...reading('GET /provider/budgets'), rights: thoseWhoSeeAll },
  reading('GET /spend/logs'),
  reading('GET /spend/logs', wideDates),
  { endpoint: 'GET /spend/logs', on: 'user', rights: ownUsage(403), input: (user) => ({ user_id: user.id }) },
  { endpoint: 'GET /spend/logs', on: 'key', rights: ownWithin, input: (key) => ({ api_key: key.id }) },
  { endpoint: 'GET /spend/logs', on: 'request', rights: ownWithin, input: (request) => ({ request_id: request.id }) },
  reading('GET /spend/logs/v2', dates),
  {
    endpoint: 'GET /spend/logs/v2',
    on: 'user',
    rights: ownUsage(403),
    input: (user) => ({ ...dates, user_id: user.id }),
  },
  { endpoint: 'GET /spend/logs/v2', on: 'key', rights: ownWithin, input: (key) => ({ ...dates, api_key: key.id }) },
  {
    endpoint: 'GET /spend/logs/v2',
    on: 'request',
    rights: ownWithin,
    input: (request) => ({ ...dates, request_id: request.id }),
  },
  {
    endpoint: 'GET /spend/logs/v2',
    on: 'team',
    rights: ['ok', 'ok', { ok: led, else: 403 }, { ok: led, else: 403 }, 401],
    input: (team) => ({ ...dates, team_id: team.id }),
  },
  {
    endpoint: 'GET /spend/logs/ui/{request_id}',
    on: 'request',
    rights: ['ok', 'ok', { ok: [...own, 'led'], else: 404 }, { ok: [...own, 'led'], else: 404 }, 401],
    input: (request) => ({ request_id: request.id }),
  },
  reading('GET /spend/logs/session/ui', { session_id: 'a-session' }),
  reading('GET /spend/keys'),
  reading('GET /spend/users'),
  { endpoint: 'GET /spend/users', on: 'user', rights: ownUsage(403), input: (user) => ({ user_id: user.id }) },
  reading('GET /spend/tags'),
  reading('POST /spend/calculate', { model: 'gpt', messages: [{ role: 'user', content: 'hi' }] }),
  {
    endpoint: 'POST /global/spend/reset',
    on: 'nothing',
    rights: ['ok', 401, 401, 401, 401],
    only: { kind: 'master', otherwise: 401 },
    input: () => ({}),
  },
  reading('GET /global/spend'),
  reading('GET /global/spend/logs'),
  {
    endpoint: 'GET /global/spend/logs',
    on: 'key',
    rights: ownWithin,
    input: (key) => ({ api_key: key.id }),
  },
  reading('GET /global/spend/keys', { limit: 100 }),
  reading('GET /global/spend/models'),
  reading('GET /global/spend/teams'),
  reading('GET /global/spend/provider', dates),
  reading('GET /global/spend/tags'),
  reading('GET /global/spend/all_tag_names'),
  { ...reading('GET /global/all_end_users'), rights: thoseWhoSeeAll },
  {
    ...reading('GET /management/v1/spend_logs/end_users', {
      'filter[startTime][gte]': '2026-01-01T00:00:00Z',
      'filter[startTime][lte]': '2027-01-01T00:00:00Z',
    }),
    rights: thoseWhoSeeAll,
  },
  reading('POST /global/spend/end_users'),
  {
    endpoint: 'POST /global/spend/end_users',
    on: 'key',
    rights: ownWithin,
    input: (key, world) => ({ api_key: hashOf(world, key.name) }),
  },
  ...(['team', 'customer', 'api_key'] as const).map((group_by) =>
    reading('GET /global/spend/report', { ...dates, group_by }),
  ),
  {
    endpoint: 'GET /global/spend/report',
    on: 'user',
    rights: ownUsage(403),
    input: (user) => ({ ...dates, group_by: 'api_key', internal_user_id: user.id }),
  },
  {
    endpoint: 'GET /global/spend/report',
    on: 'team',
    rights: everyPerson,
    input: (team) => ({ ...dates, group_by: 'team', team_id: team.id }),
  },
  reading('GET /global/activity', dates),
  reading('GET /global/activity/model', dates),
  reading('GET /global/activity/exceptions', dates),
  reading('GET /global/activity/exceptions/deployment', dates),
  reading('GET /global/activity/cache_hits', dates),
  ...(['model', 'key', 'user', 'team'] as const).map((group_by) =>
    reading('GET /cache/analytics', { ...dates, group_by }),
  ),
  {
    endpoint: 'GET /cache/analytics',
    on: 'user',
    rights: ownUsage(403),
    input: (user) => ({ ...dates, user_id: user.id, group_by: 'key' }),
  },
  {
    endpoint: 'GET /cache/analytics',
    on: 'key',
    rights: ownWithin,
    input: (key) => ({ ...dates, api_key: key.id, group_by: 'key' }),
  },
];
