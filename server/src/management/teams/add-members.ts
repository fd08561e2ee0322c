import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';
import { firstBudgetResetAt } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import type { UserTable } from '../users/users.table.ts';
import { defaultMemberBudget } from './default-member-budget.ts';
import { findOrCreateUser, type NamedPerson } from './find-or-create-user.ts';
import type { TeamMemberTable, TeamTable } from './teams.table.ts';

/** Somebody who is to join a team. */
export interface JoiningMember extends NamedPerson {
  readonly role: 'admin' | 'user';
  /** The member's own budget inside the team; null: none. */
  readonly maxBudgetNanoUsd: number | null;
  readonly budgetDuration: string | null;
  /** Epoch milliseconds. */
  readonly budgetResetAt: number | null;
  /** Absent or null: the team's limit for each member. */
  readonly tpmLimit?: number | null;
  readonly rpmLimit?: number | null;
}

/** What became of adding people to a team. */
export interface AddedMembers {
  /** Everybody who was named, in the order of naming. */
  readonly users: readonly UserTable[];
  /** Ids of those who were not in the team before. */
  readonly addedUserIds: ReadonlySet<string>;
  readonly audit: readonly AuditEntry[];
}

/**
 * Adds people to a team inside a write; who is in it already stays as they are. Unknown people become internal
 * users. The database decides who was first, so that concurrent calls cannot both add the same person.
 * @param teamId an existing team.
 * @throws ApiError 400 for a person who is not named, or named twice differently.
 */
export async function addMembers(
  tx: Kysely<Database>,
  parts: Parts,
  teamId: string,
  members: readonly JoiningMember[],
  createdBy: string,
): Promise<AddedMembers> {
  const users: UserTable[] = [];
  const addedUserIds = new Set<string>();
  const audit: AuditEntry[] = [];
  const team = await tx.selectFrom('teams').selectAll().where('team_id', '=', teamId).executeTakeFirst();
  for (const member of members) {
    const { user, created } = await findOrCreateUser(tx, parts, member, createdBy);
    users.push(user);
    if (created)
      audit.push({ action: 'created', object: { type: 'user', id: user.user_id }, after: describeUser(user) });
    const budget = budgetOf(parts, member, team);
    const inserted = await tx
      .insertInto('team_members')
      .values({
        team_id: teamId,
        user_id: user.user_id,
        role: member.role,
        ...budget,
        spend_nano_usd: 0,
        tpm_limit: member.tpmLimit ?? null,
        rpm_limit: member.rpmLimit ?? null,
        created_at: parts.now(),
      })
      .onConflict((conflict) => conflict.columns(['team_id', 'user_id']).doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 1n) continue;
    addedUserIds.add(user.user_id);
    audit.push({
      action: 'created',
      object: { type: 'team-member', id: `${teamId}/${user.user_id}` },
      after: {
        role: member.role,
        max_budget_nano_usd: budget.max_budget_nano_usd,
        budget_duration: budget.budget_duration,
        tpm_limit: member.tpmLimit ?? null,
        rpm_limit: member.rpmLimit ?? null,
      },
    });
  }
  return { users, addedUserIds, audit };
}

/** The member's own budget, or the one that the team gives everybody. */
function budgetOf(
  parts: Parts,
  member: JoiningMember,
  team: TeamTable | undefined,
): Pick<TeamMemberTable, 'max_budget_nano_usd' | 'budget_duration' | 'budget_reset_at'> {
  if (team && member.maxBudgetNanoUsd === null && member.budgetDuration === null) {
    const { maxBudgetNanoUsd, budgetDuration } = defaultMemberBudget(team);
    return {
      max_budget_nano_usd: maxBudgetNanoUsd,
      budget_duration: budgetDuration,
      budget_reset_at: firstBudgetResetAt(parts, budgetDuration),
    };
  }
  return {
    max_budget_nano_usd: member.maxBudgetNanoUsd,
    budget_duration: member.budgetDuration,
    budget_reset_at: member.budgetResetAt,
  };
}

function describeUser(user: UserTable): Record<string, unknown> {
  return {
    user_email: user.user_email,
    user_role: user.user_role,
    max_budget_nano_usd: user.max_budget_nano_usd,
    budget_duration: user.budget_duration,
  };
}
