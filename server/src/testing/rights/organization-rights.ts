import { adminsOnly, type EndpointRights, type Row, thoseWhoSeeAll } from './endpoint-rights.ts';

const on = (endpoint: string, rights: Row, input: Record<string, unknown>): EndpointRights => ({
  endpoint,
  on: 'nothing',
  rights,
  input: () => input,
});

const organization = { organization_id: 'id-of-organization' };

/** Contract 1.6 and 2.9: organizations. */
export const organizationRights: readonly EndpointRights[] = [
  on('POST /organization/new', adminsOnly, { organization_alias: 'made by the walk' }),
  on('PATCH /organization/update', adminsOnly, { ...organization, organization_alias: 'changed by the walk' }),
  on('DELETE /organization/delete', adminsOnly, { organization_ids: ['id-of-organization'] }),
  on('GET /organization/list', ['ok', 'ok', 'ok', 'ok', 401], {}),
  on('GET /organization/info', thoseWhoSeeAll, organization),
  on('POST /organization/info', thoseWhoSeeAll, { organizations: ['id-of-organization'] }),
  on('GET /organization/daily/activity', thoseWhoSeeAll, { start_date: '2026-11-25', end_date: '2026-11-25' }),
  on('POST /organization/member_add', adminsOnly, {
    ...organization,
    member: { user_id: 'id-of-newcomer', role: 'internal_user' },
  }),
  on('PATCH /organization/member_update', adminsOnly, {
    ...organization,
    user_id: 'id-of-org-member',
    role: 'internal_user_viewer',
  }),
  on('DELETE /organization/member_delete', adminsOnly, { ...organization, user_id: 'id-of-org-member' }),
];
