import { adminsOnly, type EndpointRights, everybody, type Row } from './endpoint-rights.ts';
import { idOf } from './people.ts';
import { led } from './relations.ts';

/** Admins of the gateway and of the team; the other roles are told so with 403 (contract 1.6). */
const managesTeam: Row = ['ok', 403, { ok: led, else: 403 }, 403, 403, { ok: led, else: 403 }];

/** As `managesTeam`, with the usual refusal for roles that change nothing. */
const changesTeam: Row = ['ok', 403, { ok: led, else: 403 }, 401, 401, { ok: led, else: 403 }];

const seesTeam: Row = [
  'ok',
  'ok',
  { ok: [...led, 'shared'], else: 403 },
  { ok: [...led, 'shared'], else: 403 },
  { ok: ['itself'], else: 403 },
];

/** Contract 1.6, 1.7 and 2.6: teams and their members. */
export const teamRights: readonly EndpointRights[] = [
  {
    endpoint: 'POST /team/new',
    on: 'nothing',
    rights: [...adminsOnly, 403],
    input: () => ({ team_id: 'id-of-a-new-team' }),
  },
  {
    endpoint: 'POST /team/new',
    on: 'organization',
    rights: [...adminsOnly, { ok: ['administered'], else: 403 }],
    input: (organization) => ({ team_id: 'id-of-a-new-team', organization_id: organization.id }),
  },
  {
    // Into an organization, or out of one.
    endpoint: 'POST /team/update',
    on: 'organization',
    rights: ['ok', 403, 403, 401, 401, { ok: ['administered'], else: 403 }],
    input: (organization) => ({ team_id: idOf('green'), organization_id: organization.id }),
  },
  {
    endpoint: 'POST /team/update',
    on: 'team',
    rights: ['ok', 403, 403, 401, 401, 403],
    input: (team) => ({ team_id: team.id, organization_id: '' }),
  },
  {
    endpoint: 'POST /team/update',
    on: 'team',
    rights: ['ok', 403, 403, 401, 401, 403],
    input: (team) => ({ team_id: team.id, blocked: true }),
  },
  { endpoint: 'GET /team/info', on: 'team', rights: seesTeam, input: (team) => ({ team_id: team.id }) },
  { endpoint: 'GET /team/list', on: 'nothing', rights: ['ok', 'ok', 'ok', 'ok', 401], input: () => ({}) },
  {
    endpoint: 'GET /team/list',
    on: 'user',
    // Of teams within reach; of somebody who is in none of these nothing is shown.
    rights: ['ok', 'ok', { ok: ['own'], else: 401 }, { ok: ['own'], else: 401 }, 401, 'ok'],
    input: (user) => ({ user_id: user.id }),
  },
  { endpoint: 'GET /v2/team/list', on: 'nothing', rights: ['ok', 'ok', 'ok', 'ok', 401], input: () => ({}) },
  {
    endpoint: 'GET /v2/team/list',
    on: 'user',
    // Of teams within reach; of somebody who is in none of these nothing is shown.
    rights: ['ok', 'ok', { ok: ['own'], else: 401 }, { ok: ['own'], else: 401 }, 401, 'ok'],
    input: (user) => ({ user_id: user.id }),
  },
  {
    endpoint: 'GET /v2/team/list',
    on: 'team',
    rights: ['ok', 'ok', { ok: [...led, 'shared'], else: 'hidden' }, { ok: [...led, 'shared'], else: 'hidden' }, 401],
    input: (team) => ({ team_id: team.id }),
  },
  {
    endpoint: 'GET /team/filter/ui',
    on: 'nothing',
    rights: ['ok', 'ok', 401, 401, 401],
    input: () => ({ search: 'private' }),
  },
  { endpoint: 'GET /team/available', on: 'nothing', rights: everybody, input: () => ({}) },
  {
    endpoint: 'GET /team/permissions_list',
    on: 'team',
    rights: ['ok', 'ok', { ok: led, else: 403 }, 403, 403, { ok: led, else: 403 }],
    input: (team) => ({ team_id: team.id }),
  },
  {
    endpoint: 'GET /team/{team_id}/members/me',
    on: 'team',
    rights: [
      404,
      404,
      { ok: [...led, 'shared'], else: 404 },
      { ok: [...led, 'shared'], else: 404 },
      404,
      { ok: ['shared'], else: 404 },
    ],
    input: (team) => ({ team_id: team.id }),
  },
  {
    endpoint: 'POST /team/update',
    on: 'team',
    rights: changesTeam,
    input: (team) => ({ team_id: team.id, team_alias: 'changed by the walk' }),
  },
  {
    endpoint: 'PATCH /team/{team_id}',
    on: 'team',
    rights: changesTeam,
    input: (team) => ({ team_id: team.id, metadata: { by: 'the walk' } }),
  },
  ...[
    { max_budget: 9 },
    { models: ['gpt'] },
    { tpm_limit: null },
    { team_member_budget: 9 },
    { budget_duration: '1d' },
  ].map(
    (granted): EndpointRights => ({
      // What costs money or opens models is for admins of the gateway and of the organization.
      endpoint: 'POST /team/update',
      on: 'team',
      rights: ['ok', 403, 403, 401, 401, { ok: led, else: 403 }],
      input: (team) => ({ team_id: team.id, ...granted }),
    }),
  ),
  {
    // Teams that they do not see are not there.
    endpoint: 'POST /team/delete',
    on: 'team',
    rights: [...adminsOnly, { ok: led, 403: ['shared'], else: 404 }],
    input: (team) => ({ team_ids: [team.id] }),
  },
  { endpoint: 'POST /team/block', on: 'team', rights: adminsOnly, input: (team) => ({ team_id: team.id }) },
  { endpoint: 'POST /team/unblock', on: 'team', rights: adminsOnly, input: (team) => ({ team_id: team.id }) },
  ...['POST /team/model/add', 'POST /team/model/delete'].map(
    (endpoint): EndpointRights => ({
      endpoint,
      on: 'team',
      rights: adminsOnly,
      input: (team) => ({ team_id: team.id, models: ['gpt'] }),
    }),
  ),
  {
    endpoint: 'POST /model/new',
    on: 'team',
    rights: changesTeam,
    input: (team) => ({
      model_name: 'made-by-the-walk',
      litellm_params: { model: 'openai/x', mock_response: 'hi' },
      model_info: { team_id: team.id },
    }),
  },
  {
    endpoint: 'POST /model/update',
    on: 'team',
    rights: changesTeam,
    input: (team) => ({ model_name: 'changed-by-the-walk', model_info: { id: `id-of-model-of-${team.name}` } }),
  },
  {
    endpoint: 'PATCH /model/{model_id}/update',
    on: 'team',
    rights: changesTeam,
    input: (team) => ({ model_id: `id-of-model-of-${team.name}`, model_name: 'changed-by-the-walk' }),
  },
  {
    endpoint: 'POST /model/delete',
    on: 'team',
    rights: changesTeam,
    input: (team) => ({ id: `id-of-model-of-${team.name}` }),
  },
  {
    // Where a model runs could be an address of the gateway's own network.
    endpoint: 'POST /model/new',
    on: 'team',
    rights: ['ok', 403, 403, 401, 401, 403],
    input: (team) => ({
      model_name: 'made-by-the-walk',
      litellm_params: { model: 'openai/x', api_base: 'http://127.0.0.1:1' },
      model_info: { team_id: team.id },
    }),
  },
  {
    endpoint: 'POST /team/member_add',
    on: 'team',
    rights: managesTeam,
    input: (team) => ({ team_id: team.id, member: { role: 'user', user_id: 'id-of-newcomer' } }),
  },
  {
    // Nobody joins a team that is not open, in no role.
    endpoint: 'POST /team/member_add',
    on: 'team',
    rights: managesTeam,
    input: (team) => ({ team_id: team.id, member: { role: 'admin', user_id: 'id-of-newcomer' } }),
  },
  {
    endpoint: 'POST /team/bulk_member_add',
    tellsOfEach: true,
    on: 'team',
    rights: managesTeam,
    input: (team) => ({ team_id: team.id, members: [{ role: 'user', user_id: 'id-of-newcomer' }] }),
  },
  {
    endpoint: 'POST /team/bulk_member_add',
    on: 'team',
    rights: ['ok', 403, 403, 403, 403],
    input: (team) => ({ team_id: team.id, all_users: true }),
  },
  {
    endpoint: 'POST /team/member_update',
    on: 'member',
    rights: managesTeam,
    input: (member) => ({ team_id: idOf(member.team ?? 'red'), user_id: member.id, max_budget_in_team: 3 }),
  },
  {
    endpoint: 'POST /team/member_delete',
    on: 'member',
    rights: managesTeam,
    input: (member) => ({ team_id: idOf(member.team ?? 'red'), user_id: member.id }),
  },
  {
    endpoint: 'POST /team/{team_id}/member/{user_id}/reset_spend',
    on: 'member',
    rights: managesTeam,
    input: (member) => ({ team_id: idOf(member.team ?? 'red'), user_id: member.id, reset_to: 0 }),
  },
  {
    endpoint: 'POST /team/permissions_update',
    on: 'team',
    rights: managesTeam,
    input: (team) => ({ team_id: team.id, team_member_permissions: ['/key/generate'] }),
  },
  {
    endpoint: 'POST /team/permissions_bulk_update',
    on: 'team',
    rights: ['ok', 403, 403, 403, 403],
    input: (team) => ({ team_ids: [team.id], permissions: ['/key/generate'] }),
  },
];
