import { adminsOnly, type EndpointRights, type Row } from './endpoint-rights.ts';
import { idOf } from './people.ts';
import type { Thing } from './relations.ts';

/** Admins of the gateway and of the organization; whether another one exists is not told (contract 1.6). */
const managesOrganization: Row = ['ok', 403, 401, 401, 401, { ok: ['administered'], else: 403 }];

/** As `managesOrganization`, for those who see everything too. */
const seesOrganization: Row = ['ok', 'ok', 401, 401, 401, { ok: ['administered'], else: 403 }];

const idOfOrganization = ({ organization }: Thing): string => idOf(organization ?? 'acme');

/** Contract 1.6 and 2.9: organizations and their members. */
export const organizationRights: readonly EndpointRights[] = [
  {
    endpoint: 'POST /organization/new',
    on: 'nothing',
    rights: adminsOnly,
    input: () => ({ organization_alias: 'made by the walk' }),
  },
  ...[{ organization_alias: 'changed by the walk' }, { max_budget: 9 }, { models: ['gpt'] }, { spend: 0 }].map(
    (changed): EndpointRights => ({
      endpoint: 'PATCH /organization/update',
      on: 'organization',
      rights: adminsOnly,
      input: (organization) => ({ organization_id: organization.id, ...changed }),
    }),
  ),
  {
    endpoint: 'DELETE /organization/delete',
    on: 'organization',
    rights: managesOrganization,
    input: (organization) => ({ organization_ids: [organization.id] }),
  },
  { endpoint: 'GET /organization/list', on: 'nothing', rights: ['ok', 'ok', 'ok', 'ok', 401], input: () => ({}) },
  {
    endpoint: 'GET /organization/list',
    on: 'organization',
    rights: ['ok', 'ok', { ok: ['joined'], else: 'hidden' }, 'hidden', 401, { ok: ['administered'], else: 'hidden' }],
    input: (organization) => ({ org_id: organization.id }),
  },
  {
    endpoint: 'GET /organization/info',
    on: 'organization',
    rights: seesOrganization,
    input: (organization) => ({ organization_id: organization.id }),
  },
  {
    endpoint: 'POST /organization/info',
    on: 'organization',
    rights: ['ok', 'ok', 401, 401, 401, { ok: ['administered'], else: 'hidden' }],
    input: (organization) => ({ organizations: [organization.id] }),
  },
  {
    endpoint: 'GET /organization/daily/activity',
    on: 'nothing',
    rights: ['ok', 'ok', 401, 401, 401, 'ok'],
    input: () => ({ start_date: '2026-11-25', end_date: '2026-11-25' }),
  },
  {
    endpoint: 'GET /organization/daily/activity',
    on: 'organization',
    rights: seesOrganization,
    input: (organization) => ({
      start_date: '2026-11-25',
      end_date: '2026-11-25',
      organization_ids: organization.id,
    }),
  },
  ...(['internal_user', 'org_admin'] as const).map(
    (role): EndpointRights => ({
      endpoint: 'POST /organization/member_add',
      on: 'organization',
      rights: managesOrganization,
      input: (organization) => ({ organization_id: organization.id, member: { user_id: 'id-of-newcomer', role } }),
    }),
  ),
  {
    endpoint: 'PATCH /organization/member_update',
    on: 'organization member',
    rights: managesOrganization,
    input: (member) => ({ organization_id: idOfOrganization(member), user_id: member.id, role: 'org_admin' }),
  },
  {
    endpoint: 'DELETE /organization/member_delete',
    on: 'organization member',
    rights: managesOrganization,
    input: (member) => ({ organization_id: idOfOrganization(member), user_id: member.id }),
  },
];
