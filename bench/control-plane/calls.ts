import { admin, everybody, type MeasuredCall, type Subjects } from './measured-call.ts';
import { callsOfSpend, callsOfUsage } from './usage-calls.ts';
/** Every list, detail and usage call of the control plane, with its filters, orders and pages. */
export function callsAbout(of: Subjects): MeasuredCall[] {
  return [
    ...listsOfKeys(of),
    ...listsOfPeople(of),
    ...listsOfTeams(of),
    ...callsOfUsage(of),
    ...callsOfSpend(of),
    ...logs(of),
    ...otherLists(of),
  ];
}

function listsOfKeys(of: Subjects): MeasuredCall[] {
  const list = (query: string) => `/key/list?return_full_object=true&size=50${query}`;
  const orders = ['spend', 'max_budget', 'created_at', 'updated_at', 'token', 'key_alias'];
  return [
    { name: 'keys: first page', callers: everybody, path: list('') },
    { name: 'keys: page 20', callers: everybody, path: list('&page=20') },
    { name: 'keys: page 2,000', callers: admin, path: list('&page=2000') },
    ...orders.flatMap((order): MeasuredCall[] => [
      { name: `keys: by ${order}`, callers: everybody, path: list(`&sort_by=${order}`) },
      { name: `keys: by ${order}, ascending`, callers: admin, path: list(`&sort_by=${order}&sort_order=asc`) },
    ]),
    ...['active', 'expired', 'revoked', 'deleted'].map(
      (status): MeasuredCall => ({ name: `keys: ${status}`, callers: everybody, path: list(`&status=${status}`) }),
    ),
    { name: 'keys: of a user', callers: admin, path: list(`&user_id=${of.userId}`) },
    { name: 'keys: of a team', callers: ['admin', 'team admin'], path: list(`&team_id=${of.teamId}`) },
    {
      name: 'keys: with those of teams',
      callers: ['user', 'team admin'],
      path: list('&include_team_keys=true&include_created_by_keys=true'),
    },
    { name: 'keys: by hash', callers: admin, path: list(`&key_hash=${of.keyHash}`) },
    { name: 'keys: by alias', callers: admin, path: list(`&key_alias=${of.keyAlias}`) },
    { name: 'keys: search, common part', callers: everybody, path: list('&search=billing') },
    { name: 'keys: search, rare part', callers: everybody, path: list('&search=ada-1234') },
    { name: 'keys: search, nothing', callers: everybody, path: list('&search=no-such-name') },
    { name: 'keys: search, an address', callers: admin, path: list('&search=grace.00') },
    { name: 'aliases: first page', callers: everybody, path: '/key/aliases' },
    { name: 'aliases: page 200', callers: admin, path: '/key/aliases?page=200' },
    { name: 'aliases: search', callers: everybody, path: '/key/aliases?search=ada-12' },
    { name: 'a key', callers: admin, path: `/key/info?key=${of.keyHash}` },
    {
      name: 'many keys',
      callers: admin,
      method: 'POST',
      path: '/v2/key/info',
      body: { keys: [of.keyHash], key_aliases: null },
    },
    { name: 'what keys one may create', callers: everybody, path: '/key/create_options' },
  ];
}

function listsOfPeople(of: Subjects): MeasuredCall[] {
  const orders = ['user_id', 'user_email', 'created_at', 'spend', 'user_alias', 'user_role'];
  return [
    { name: 'users: first page', callers: admin, path: '/user/list?page_size=100' },
    { name: 'users: page 150', callers: admin, path: '/user/list?page_size=100&page=150' },
    ...orders.map(
      (order): MeasuredCall => ({
        name: `users: by ${order}`,
        callers: admin,
        path: `/user/list?page_size=100&sort_by=${order}&sort_order=desc`,
      }),
    ),
    { name: 'users: of a role', callers: admin, path: '/user/list?page_size=100&role=internal_user_viewer' },
    { name: 'users: of a team', callers: admin, path: `/user/list?page_size=100&team=${of.teamId}` },
    { name: 'users: search, common part', callers: admin, path: '/user/list?page_size=100&search=grace' },
    { name: 'users: search, rare part', callers: admin, path: '/user/list?page_size=100&search=0123' },
    { name: 'users: search, nothing', callers: admin, path: '/user/list?page_size=100&search=nobody-here' },
    { name: 'users: address contains', callers: admin, path: '/user/list?page_size=100&user_email=ada.01' },
    { name: 'people to choose from', callers: everybody, path: '/user/filter/ui?user_email=grace' },
    { name: 'a user with keys and teams', callers: everybody, path: '/user/info' },
    { name: 'the owner of most keys', callers: admin, path: `/user/info?user_id=${of.ownerId}` },
    { name: 'another user with keys and teams', callers: admin, path: `/user/info?user_id=${of.userId}` },
    { name: 'a user, without keys', callers: ['admin', 'user'], path: `/v2/user/info?user_id=${of.userId}` },
    { name: 'what goes with a user', callers: admin, path: `/user/delete_preview?user_ids=${of.userId}` },
  ];
}

function listsOfTeams(of: Subjects): MeasuredCall[] {
  const page = (query: string) => `/v2/team/list?page_size=50${query}`;
  return [
    { name: 'teams: all', callers: everybody, path: '/team/list' },
    { name: 'teams: first page', callers: everybody, path: page('') },
    { name: 'teams: page 30', callers: admin, path: page('&page=30') },
    ...['team_id', 'team_alias', 'created_at'].map(
      (order): MeasuredCall => ({ name: `teams: by ${order}`, callers: admin, path: page(`&sort_by=${order}`) }),
    ),
    { name: 'teams: search', callers: admin, path: page('&search=billing') },
    { name: 'teams: alias contains', callers: admin, path: page('&team_alias=crawler') },
    { name: 'teams: of a user', callers: admin, path: page(`&user_id=${of.userId}`) },
    { name: 'teams: find', callers: admin, path: '/team/filter/ui?team_alias=agent' },
    { name: 'the team with most members', callers: admin, path: `/team/info?team_id=${of.largestTeamId}` },
    { name: 'a team with its keys', callers: ['admin', 'team admin'], path: `/team/info?team_id=${of.teamId}` },
    { name: 'one’s membership', callers: ['team admin'], path: `/team/${of.teamId}/members/me` },
    {
      name: 'what a team grants',
      callers: ['admin', 'team admin'],
      path: `/team/permissions_list?team_id=${of.teamId}`,
    },
  ];
}

function logs(of: Subjects): MeasuredCall[] {
  const page = (query: string) =>
    `/spend/logs/v2?start_date=${of.firstDay}&end_date=${of.lastDay}&page_size=50${query}`;
  return [
    { name: 'requests: newest', callers: everybody, path: '/usage/requests?limit=200' },
    { name: 'requests: newest of a key', callers: admin, path: `/usage/requests?api_key=${of.keyHash}` },
    { name: 'logs: first page of a year', callers: everybody, path: page('') },
    { name: 'logs: page 20', callers: everybody, path: page('&page=20') },
    { name: 'logs: page 2,000', callers: admin, path: page('&page=2000') },
    { name: 'logs: oldest first', callers: everybody, path: page('&sort_order=asc') },
    { name: 'logs: largest spend', callers: everybody, path: page('&sort_by=spend') },
    { name: 'logs: most tokens', callers: everybody, path: page('&sort_by=total_tokens') },
    { name: 'logs: by end', callers: everybody, path: page('&sort_by=endTime') },
    { name: 'logs: of a key', callers: admin, path: page(`&api_key=${of.keyHash}`) },
    { name: 'logs: of a user', callers: admin, path: page(`&user_id=${of.userId}`) },
    { name: 'logs: of a team', callers: ['admin', 'team admin'], path: page(`&team_id=${of.teamId}`) },
    { name: 'logs: failures', callers: everybody, path: page('&status_filter=failure') },
    { name: 'logs: of a model', callers: everybody, path: page('&model=qwen-coder') },
    { name: 'logs: an error', callers: everybody, path: page('&error_message=overloaded') },
    { name: 'logs: an error that never was', callers: everybody, path: page('&error_message=no-such-error') },
    { name: 'logs: alias contains', callers: everybody, path: page('&key_alias=billing') },
    { name: 'logs: of a customer', callers: everybody, path: page('&end_user=customer-7') },
    { name: 'logs: spend of at least', callers: everybody, path: page('&min_spend=0.1') },
    { name: 'logs: by id', callers: admin, path: page(`&request_id=${of.requestId}`) },
    { name: 'a request', callers: admin, path: `/spend/logs/ui/${of.requestId}` },
    { name: 'older logs: newest', callers: everybody, path: '/spend/logs' },
    { name: 'older logs: of a key', callers: admin, path: `/spend/logs?api_key=${of.keyHash}` },
    {
      name: 'older logs: year by the day',
      callers: everybody,
      path: `/spend/logs?start_date=${of.firstDay}&end_date=${of.lastDay}`,
    },
  ];
}

function otherLists(of: Subjects): MeasuredCall[] {
  const audit = (query: string) => `/audit?page_size=50${query}`;
  return [
    { name: 'audit: newest', callers: everybody, path: audit('') },
    { name: 'audit: page 200', callers: admin, path: audit('&page=200') },
    ...['changed_by', 'action', 'object_id', 'table_name'].map(
      (order): MeasuredCall => ({ name: `audit: by ${order}`, callers: admin, path: audit(`&sort_by=${order}`) }),
    ),
    { name: 'audit: of an actor', callers: admin, path: audit(`&changed_by=${of.userId}`) },
    { name: 'audit: of an action', callers: admin, path: audit('&action=regenerated') },
    { name: 'audit: of a table', callers: admin, path: audit('&table_name=LiteLLM_TeamTable') },
    { name: 'audit: of an object', callers: admin, path: audit(`&object_id=${of.keyHash}`) },
    { name: 'audit: of a month', callers: admin, path: audit(`&start_date=${of.monthAgo}`) },
    { name: 'a change', callers: admin, path: `/audit/${of.auditId}` },
    { name: 'customers: all', callers: admin, path: '/customer/list' },
    { name: 'a customer', callers: admin, path: '/customer/info?end_user_id=customer-7' },
    { name: 'organizations', callers: everybody, path: '/organization/list' },
    {
      name: 'an organization',
      callers: admin,
      path: `/organization/info?organization_id=${of.organizationId}`,
    },
    { name: 'budgets', callers: admin, path: '/budget/list' },
    { name: 'models', callers: everybody, path: '/v1/models' },
    { name: 'models in detail', callers: everybody, path: '/v2/model/info' },
    { name: 'model groups', callers: everybody, path: '/model_group/info' },
  ];
}
