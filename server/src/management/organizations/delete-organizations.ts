import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { forgetWindows } from '../budgets/index.ts';
import { deleteKeysOfOrganization } from '../keys/delete-key-rows.ts';
import type { Parts } from '../parts.ts';
import { deleteTeamRows } from '../teams/delete-teams.ts';
import { loadTeam } from '../teams/load-teams.ts';
import { describeOrganization } from './describe-organization.ts';
import { findOrganization } from './find-organization.ts';
import type { OrganizationRecord } from './organizations.store.ts';
import { type PresentedOrganizationWithMembers, presentOrganizationWithMembers } from './present-organization.ts';

/**
 * Deletes all of the organizations or none, with their teams, every key of theirs, and their memberships. Keys stop at
 * once; people, their other keys and what was spent stay. Budgets stay too, since others may share them.
 * @returns the organizations as they were.
 * @throws ApiError 403, 404 when one does not exist.
 */
export async function deleteOrganizations(
  parts: Parts,
  call: Call,
  input: { organization_ids: readonly string[] },
): Promise<PresentedOrganizationWithMembers[]> {
  const ids = [...new Set(input.organization_ids)].sort();
  return parts.changes.change(call.context, async (tx) => {
    const found: OrganizationRecord[] = [];
    for (const id of ids) found.push(await findOrganization(tx, call, id));
    const audit: AuditEntry[] = [];
    for (const record of found) audit.push(...(await deleteOrganization(tx, parts, call, record)));
    const [first, ...rest] = audit;
    if (!first) throw new Error('Every deleted organization has an audit entry.');
    return {
      result: found.map((record) => presentOrganizationWithMembers(record, call.access)),
      audit: [first, ...rest],
    };
  });
}

async function deleteOrganization(
  tx: Transaction<Database>,
  parts: Parts,
  call: Call,
  { organization, members, teams }: OrganizationRecord,
): Promise<AuditEntry[]> {
  const id = organization.organization_id;
  const deletion = { deletedBy: call.principal.userId ?? '', deletedAt: parts.now() };
  // Keys and members before the organization: the order in which spend is charged.
  const keys = await deleteKeysOfOrganization(tx, id, deletion);
  const whole = await Promise.all(teams.map(({ team }) => loadTeam(tx, team.team_id)));
  const teamsAndKeys = await deleteTeamRows(
    tx,
    whole.filter((team) => team !== null),
    deletion,
  );
  await forgetWindows(tx, 'organization', [id]);
  await tx.deleteFrom('organization_members').where('organization_id', '=', id).execute();
  await tx.deleteFrom('organizations').where('organization_id', '=', id).execute();
  return [
    { action: 'deleted', object: { type: 'organization', id }, before: describeOrganization(organization) },
    ...members.map(
      (member): AuditEntry => ({
        action: 'deleted',
        object: { type: 'organization-member', id: `${id}/${member.user_id}` },
      }),
    ),
    ...keys,
    ...teamsAndKeys,
  ];
}
