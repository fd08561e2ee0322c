import type { Transaction } from 'kysely';
import { type AuditEntry, systemContext } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { addMembers, insertTeamOfGroup, removeMember } from '../teams/index.ts';
import type { ConfirmedPerson } from './read-person.ts';
import type { UserIdentityTable } from './single-sign-on.table.ts';

/** Ids of teams that are looked up of one person; no claim of any provider is that long. */
const mostTeams = 500;

/**
 * Makes the teams of groups that are to be teams, each once, with the defaults of new teams. Puts a person into the teams that the claims name, as far as they exist, and takes them out of teams that only the
 * claims had put them into. Memberships that somebody else gave, and those with rights over the team, stay.
 * Claims that say nothing about teams change nothing.
 */
export async function syncTeams(
  tx: Transaction<Database>,
  parts: Parts,
  person: ConfirmedPerson,
  userId: string,
  identity: UserIdentityTable | null,
): Promise<{ mappedTeamIds: readonly string[]; audit: readonly AuditEntry[] }> {
  const by = systemContext.principal.userId ?? '';
  const made = await makeTeams(tx, parts, person.teamsToMake, by);
  const mappedBefore = identity ? (JSON.parse(identity.mapped_team_ids) as string[]) : [];
  if (person.teamIds === null) return { mappedTeamIds: mappedBefore, audit: made };
  const named = [...new Set(person.teamIds)].slice(0, mostTeams);
  const existing =
    named.length === 0
      ? []
      : await tx.selectFrom('teams').select('team_id').where('team_id', 'in', named).orderBy('team_id').execute();
  const wanted = existing.map((team) => team.team_id);
  const noBudget = { maxBudgetNanoUsd: null, budgetDuration: null, budgetResetAt: null };
  const mappedTeamIds: string[] = [];
  const audit: AuditEntry[] = [...made];
  for (const teamId of wanted) {
    const member = { userId, userEmail: null, role: 'user' as const, ...noBudget };
    const added = await addMembers(tx, parts, teamId, [member], by);
    audit.push(...added.audit);
    if (added.addedUserIds.has(userId) || mappedBefore.includes(teamId)) mappedTeamIds.push(teamId);
  }
  for (const teamId of mappedBefore) {
    if (wanted.includes(teamId)) continue;
    const member = await tx
      .selectFrom('team_members')
      .selectAll()
      .where('team_id', '=', teamId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    if (member?.role !== 'user') continue;
    audit.push(...(await removeMember(tx, member, { deletedBy: by, deletedAt: parts.now() })));
  }
  return { mappedTeamIds, audit };
}

async function makeTeams(
  tx: Transaction<Database>,
  parts: Parts,
  groups: ConfirmedPerson['teamsToMake'],
  by: string,
): Promise<AuditEntry[]> {
  const wanted = [...new Map(groups.map((group) => [group.id, group])).values()].slice(0, mostTeams);
  if (wanted.length === 0) return [];
  const ids = wanted.map((group) => group.id);
  const existing = await tx.selectFrom('teams').select('team_id').where('team_id', 'in', ids).execute();
  const known = new Set(existing.map((team) => team.team_id));
  const audit: AuditEntry[] = [];
  for (const group of wanted) {
    if (!known.has(group.id)) audit.push(...(await insertTeamOfGroup(tx, parts, group, by)));
  }
  return audit;
}
