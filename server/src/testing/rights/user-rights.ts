import { importedUsers } from './build-world.ts';
import {
  adminsOnly,
  type EndpointRights,
  everybody,
  everyPerson,
  type RoleCells,
  type Row,
  thoseWhoSeeAll,
} from './endpoint-rights.ts';
import { idOf } from './people.ts';
import { led } from './relations.ts';

/** Nobody deletes or disables their own account. */
const notOneself: RoleCells = [{ 400: ['own'], else: 'ok' }, 403, 401, 401, 401];

/** Org admins delete accounts that were made in an organization of theirs; those they do not see are not there. */
const deletesUsers: Row = [...notOneself, { ok: ['made here'], 400: ['own'], 403: ['administered'], else: 404 }];

/** Contract 1.6, 2.1 and 2.2: users and invitations. */
export const userRights: readonly EndpointRights[] = [
  {
    endpoint: 'POST /user/new',
    on: 'nothing',
    rights: [...adminsOnly, 403],
    input: () => ({ user_id: 'id-of-somebody-new', user_role: 'internal_user' }),
  },
  {
    endpoint: 'POST /user/new',
    on: 'organization',
    rights: [...adminsOnly, { ok: ['administered'], else: 403 }],
    input: (organization) => ({ user_id: 'id-of-somebody-new', organizations: [organization.id] }),
  },
  {
    endpoint: 'POST /user/new',
    on: 'team',
    rights: [...adminsOnly, { ok: led, else: 403 }],
    input: (team) => ({ user_id: 'id-of-somebody-new', organizations: [idOf('acme')], teams: [team.id] }),
  },
  {
    endpoint: 'GET /user/info',
    on: 'user',
    rights: ['ok', 'ok', { ok: ['own'], else: 403 }, { ok: ['own'], else: 403 }, 403],
    input: (user) => ({ user_id: user.id }),
  },
  // The holder of a key whose owner has no row does not exist.
  { endpoint: 'GET /user/info', on: 'nothing', rights: ['ok', 'ok', 'ok', 'ok', 404], input: () => ({}) },
  {
    endpoint: 'GET /v2/user/info',
    on: 'user',
    rights: [
      'ok',
      'ok',
      { ok: ['own', ...led], else: 404 },
      { ok: ['own'], else: 404 },
      404,
      { ok: ['own', 'administered', 'made here'], else: 404 },
    ],
    input: (user) => ({ user_id: user.id }),
  },
  {
    endpoint: 'GET /user/list',
    on: 'nothing',
    rights: ['ok', 'ok', 403, 403, 403, 'ok'],
    input: () => ({ page_size: 100 }),
  },
  {
    endpoint: 'GET /user/list',
    on: 'user',
    rights: ['ok', 'ok', 403, 403, 403, { ok: ['own', 'administered', 'made here'], else: 'hidden' }],
    input: (user) => ({ user_ids: user.id, page_size: 100 }),
  },
  {
    endpoint: 'POST /user/update',
    on: 'user',
    rights: ['ok', { ok: ['own'], else: 403 }, { ok: ['own'], else: 403 }, 401, 401],
    input: (user) => ({ user_id: user.id, user_email: 'changed-by-the-walk@example.com' }),
  },
  {
    endpoint: 'POST /user/update',
    on: 'user',
    rights: ['ok', 403, { ok: ['own'], else: 403 }, 401, 401],
    input: (user) => ({ user_id: user.id, user_alias: 'changed by the walk', metadata: { by: 'the walk' } }),
  },
  ...[
    { user_role: 'internal_user_viewer' },
    { max_budget: 1_000 },
    { max_budget: null },
    { budget_duration: '1d' },
    { models: ['all-proxy-models'] },
    { spend: 0 },
    { rpm_limit: 9 },
    { password: 'Another-Horse-43!' },
  ].map(
    (granted): EndpointRights => ({
      endpoint: 'POST /user/update',
      on: 'user',
      // Even an admin does not give up the role as the last one: root and rita have it both.
      rights: ['ok', 403, 403, 401, 401],
      input: (user) => ({ user_id: user.id, ...granted }),
    }),
  ),
  {
    endpoint: 'POST /user/bulk_update',
    tellsOfEach: true,
    on: 'user',
    rights: adminsOnly,
    input: (user) => ({ users: [{ user_id: user.id, user_alias: 'changed by the walk' }] }),
  },
  { endpoint: 'POST /user/delete', on: 'user', rights: deletesUsers, input: (user) => ({ user_ids: [user.id] }) },
  {
    endpoint: 'GET /user/delete_preview',
    on: 'user',
    rights: [...adminsOnly, { ok: ['made here'], 403: ['own', 'administered'], else: 404 }],
    input: (user) => ({ user_ids: user.id }),
  },
  { endpoint: 'POST /user/disable', on: 'user', rights: notOneself, input: (user) => ({ user_ids: [user.id] }) },
  { endpoint: 'POST /user/enable', on: 'user', rights: adminsOnly, input: (user) => ({ user_ids: [user.id] }) },
  {
    endpoint: 'POST /user/import',
    on: 'nothing',
    rights: adminsOnly,
    // The list that was sent before, under its key: nobody is added while the walk goes on.
    input: () => ({ users: importedUsers, idempotency_key: 'import' }),
  },
  {
    endpoint: 'GET /user/import/{import_id}',
    on: 'nothing',
    rights: adminsOnly,
    input: (_, world) => ({ import_id: world.ids.get('import') ?? '' }),
  },
  { endpoint: 'GET /user/filter/ui', on: 'nothing', rights: everybody, input: () => ({ page_size: 100 }) },
  {
    endpoint: 'GET /user/filter/ui',
    on: 'user',
    rights: [
      'ok',
      'ok',
      { ok: ['own', ...led, 'shared'], else: 'hidden' },
      { ok: ['own', ...led, 'shared'], else: 'hidden' },
      'hidden',
      { ok: ['own', 'administered', 'made here', 'shared'], else: 'hidden' },
    ],
    input: (user) => ({ user_id: user.id }),
  },
  { endpoint: 'GET /user/available_users', on: 'nothing', rights: thoseWhoSeeAll, input: () => ({}) },
  { endpoint: 'GET /user/available_roles', on: 'nothing', rights: everyPerson, input: () => ({}) },
  {
    // Org admins invite whose account was made in an organization of theirs.
    endpoint: 'POST /invitation/new',
    on: 'user',
    rights: [...adminsOnly, { ok: ['made here'], else: 400 }],
    input: (user) => ({ user_id: user.id }),
  },
  {
    endpoint: 'GET /invitation/info',
    on: 'invitation',
    rights: thoseWhoSeeAll,
    input: (invitation) => ({ invitation_id: invitation.id }),
  },
  {
    endpoint: 'POST /invitation/update',
    on: 'invitation',
    rights: adminsOnly,
    input: (invitation) => ({ invitation_id: invitation.id, is_accepted: true }),
  },
  {
    // Org admins withdraw what they have made themselves.
    endpoint: 'POST /invitation/delete',
    on: 'invitation',
    rights: ['ok', 403, 401, 401, 401, { ok: ['own'], else: 400 }],
    input: (invitation) => ({ invitation_id: invitation.id }),
  },
];
