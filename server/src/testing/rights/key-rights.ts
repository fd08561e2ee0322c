import { hashOf } from './build-world.ts';
import { type EndpointRights, everybody, type Row } from './endpoint-rights.ts';
import { administered, led, own } from './relations.ts';

/** One's own, those of teams one administers, and what a team shows its members by default (contract 1.7). */
const seesKeys: Row = [
  'ok',
  'ok',
  { ok: [...own, 'led', 'shared'], else: 403 },
  { ok: [...own, 'led', 'shared'], else: 403 },
  { ok: ['itself'], else: 403 },
  { ok: [...own, ...administered, 'shared'], else: 403 },
];

/** Plain members need the permission of the team, which red does not give. */
const changesKeys: Row = [
  'ok',
  403,
  { ok: ['own', ...led], 401: ['own in team', 'shared'], else: 403 },
  401,
  401,
  { ok: ['own', ...administered], 401: ['own in team', 'shared'], else: 403 },
  { ok: administered, else: 403 },
];

/** Admins of the gateway, and of the key's team or organization. */
const ledKeys: Row = ['ok', 403, { ok: led, else: 403 }, 401, 401, { ok: administered, else: 403 }];

/** As `ledKeys`, with the words of blocking for everybody (contract 2.5). */
const blocksKeys: Row = ['ok', 403, { ok: led, else: 403 }, 403, 403, { ok: administered, else: 403 }];

const inTeam = { ok: led, 401: ['shared'], else: 400 } as const;

const createsInTeam: Row = ['ok', 403, inTeam, 401, 401, inTeam];

/** Contract 1.6 and 2.5: keys. */
export const keyRights: readonly EndpointRights[] = [
  { endpoint: 'GET /key/info', on: 'key', rights: seesKeys, input: (key) => ({ key: key.id }) },
  { endpoint: 'GET /limits/effective', on: 'key', rights: seesKeys, input: (key) => ({ key: key.id }) },
  {
    // The answer tells what the owner has spent, so that mere team mates may not ask.
    endpoint: 'POST /policy/explain',
    on: 'key',
    rights: [
      'ok',
      'ok',
      { ok: [...own, 'led'], else: 403 },
      { ok: own, else: 403 },
      { ok: ['itself'], else: 403 },
      { ok: [...own, ...administered], else: 403 },
    ],
    input: (key) => ({ key: key.id, model: 'demo' }),
  },
  {
    endpoint: 'POST /v2/key/info',
    on: 'key',
    rights: [
      'ok',
      'ok',
      { ok: [...own, 'led', 'shared'], else: 'hidden' },
      { ok: [...own, 'led', 'shared'], else: 'hidden' },
      { ok: ['itself'], else: 'hidden' },
      { ok: [...own, ...administered, 'shared'], else: 'hidden' },
    ],
    input: (key) => ({ keys: [key.id] }),
  },
  { endpoint: 'GET /key/list', on: 'nothing', rights: ['ok', 'ok', 'ok', 'ok', 403], input: () => ({ size: 100 }) },
  {
    endpoint: 'GET /key/list',
    on: 'user',
    rights: ['ok', 'ok', { ok: ['own'], else: 403 }, { ok: ['own'], else: 403 }, 403],
    input: (user) => ({ user_id: user.id, return_full_object: true, include_team_keys: true, size: 100 }),
  },
  {
    endpoint: 'GET /key/list',
    on: 'team',
    rights: [
      'ok',
      'ok',
      { ok: [...led, 'shared'], else: 403 },
      { ok: [...led, 'shared'], else: 403 },
      403,
      { ok: [...led, 'shared'], else: 403 },
    ],
    input: (team) => ({ team_id: team.id, return_full_object: true, include_created_by_keys: true, size: 100 }),
  },
  {
    endpoint: 'GET /key/list',
    on: 'key',
    rights: [
      'ok',
      'ok',
      { ok: [...own, 'led'], else: 'hidden' },
      { ok: own, else: 'hidden' },
      403,
      { ok: [...own, ...administered], else: 'hidden' },
    ],
    input: (key) => ({ key_hash: key.id, return_full_object: true, include_team_keys: true }),
  },
  {
    endpoint: 'GET /key/list',
    on: 'organization',
    rights: ['ok', 'ok', { ok: ['joined'], else: 403 }, 403, 403, { ok: ['administered'], else: 403 }],
    input: (organization) => ({ organization_id: organization.id, return_full_object: true, size: 100 }),
  },
  { endpoint: 'GET /key/aliases', on: 'nothing', rights: everybody, input: () => ({ size: 100 }) },
  {
    endpoint: 'GET /key/aliases',
    on: 'team',
    rights: [
      'ok',
      'ok',
      { ok: [...led, 'shared'], else: 'hidden' },
      { ok: [...led, 'shared'], else: 'hidden' },
      'hidden',
    ],
    input: (team) => ({ team_id: team.id, size: 100 }),
  },
  { endpoint: 'GET /key/create_options', on: 'nothing', rights: everybody, input: () => ({ search: 'private' }) },
  { endpoint: 'POST /key/health', on: 'nothing', rights: everybody, input: () => ({}) },
  {
    endpoint: 'POST /key/generate',
    on: 'user',
    rights: ['ok', 403, { ok: ['own'], else: 403 }, 401, 401, { ok: ['own'], else: 403 }, 403],
    input: (user) => ({ user_id: user.id, key_alias: 'made by the walk' }),
  },
  {
    endpoint: 'POST /key/generate',
    on: 'team',
    rights: createsInTeam,
    input: (team) => ({ team_id: team.id, key_alias: 'made by the walk' }),
  },
  {
    // Of one's own, in an organization that one belongs to.
    endpoint: 'POST /key/generate',
    on: 'organization',
    rights: ['ok', 403, { ok: ['joined'], else: 403 }, 401, 401, { ok: ['administered'], else: 403 }],
    input: (organization) => ({ organization_id: organization.id, key_alias: 'made by the walk' }),
  },
  {
    endpoint: 'POST /key/service-account/generate',
    on: 'team',
    rights: createsInTeam,
    input: (team) => ({ team_id: team.id, key_alias: 'made by the walk' }),
  },
  {
    endpoint: 'POST /key/update',
    on: 'key',
    rights: changesKeys,
    input: (key) => ({ key: key.id, key_alias: 'changed by the walk' }),
  },
  {
    // Budgets and spend are for admins, of the key's team too.
    endpoint: 'POST /key/update',
    on: 'key',
    rights: [
      'ok',
      403,
      { ok: led, 401: ['own in team', 'shared'], else: 403 },
      401,
      401,
      { ok: administered, 401: ['own in team', 'shared'], else: 403 },
      { ok: administered, else: 403 },
    ],
    input: (key) => ({ key: key.id, max_budget: 3, spend: 0 }),
  },
  {
    endpoint: 'POST /key/update',
    on: 'key',
    rights: [
      'ok',
      403,
      { 401: ['own in team', 'shared'], else: 403 },
      401,
      401,
      { 401: ['own in team', 'shared'], else: 403 },
    ],
    input: (key) => ({ key: key.id, allowed_routes: ['/key/*'], permissions: { get_spend_routes: true } }),
  },
  {
    endpoint: 'POST /key/regenerate',
    on: 'key',
    rights: changesKeys,
    input: (key) => ({ key: key.id, new_key: 'sk-made-by-the-walk-0001' }),
  },
  {
    endpoint: 'POST /key/delete',
    on: 'key',
    rights: [
      'ok',
      403,
      { ok: [...own, 'led'], else: 403 },
      401,
      401,
      { ok: [...own, ...administered], else: 403 },
      { ok: administered, else: 403 },
    ],
    input: (key) => ({ keys: [key.id] }),
  },
  { endpoint: 'POST /key/block', on: 'key', rights: blocksKeys, input: (key) => ({ key: key.id }) },
  { endpoint: 'POST /key/unblock', on: 'key', rights: blocksKeys, input: (key) => ({ key: key.id }) },
  {
    endpoint: 'POST /key/{key}/reset_spend',
    on: 'key',
    rights: ledKeys,
    input: (key) => ({ key: key.id, reset_to: 0 }),
  },
  {
    endpoint: 'POST /key/bulk_update',
    tellsOfEach: true,
    on: 'key',
    rights: ['ok', 403, 403, 403, 403],
    input: (key) => ({ keys: [{ key: key.id, key_alias: 'changed by the walk' }] }),
  },
  {
    endpoint: 'POST /team/key/bulk_update',
    tellsOfEach: true,
    on: 'team',
    rights: ledKeys,
    input: (team) => ({ team_id: team.id, all_keys_in_team: true, update_fields: { rpm_limit: 9 } }),
  },
  {
    // Keys of other people, named beside a team, are not among that team's.
    endpoint: 'POST /team/key/bulk_update',
    on: 'team',
    rights: [404, 403, { 404: led, else: 403 }, 401, 401, { 404: led, else: 403 }],
    input: (team, world) => ({
      team_id: team.id,
      key_ids: [hashOf(world, 'mia-key'), hashOf(world, 'root-key')],
      update_fields: { rpm_limit: 9 },
    }),
  },
];
