import type { Kysely } from 'kysely';
import type { SpendSubject, WindowSubject } from '../../ledger/spend-subjects.ts';
import type { Database } from '../../storage/database.ts';
import { maxBudgetAt } from '../keys/present-key.ts';
import '../budgets/budgets.table.ts';
import '../keys/keys.table.ts';
import '../organizations/organizations.table.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import { firstHash } from './raise-once.ts';

/** Somebody whose budget can be warned of. */
export type BudgetOwner = Exclude<SpendSubject, WindowSubject | { kind: 'customer' }>;

/** How much of a budget is spent at this moment. */
export interface BudgetState {
  readonly owner: BudgetOwner;
  /** Names the owner in alerts, for as long as it lives. */
  readonly name: string;
  readonly spendNanoUsd: number;
  readonly maxBudgetNanoUsd: number | null;
  readonly softBudgetNanoUsd: number | null;
  /** When the budget starts anew, in epoch milliseconds; null: never. */
  readonly resetsAt: number | null;
}

/** Reads the budget of an owner; null when the owner no longer exists. */
export async function loadBudgetState(
  db: Kysely<Database>,
  owner: BudgetOwner,
  nowMs: number,
): Promise<BudgetState | null> {
  switch (owner.kind) {
    case 'key': {
      const row = await db
        .selectFrom('keys')
        .leftJoin('budgets', 'budgets.budget_id', 'keys.budget_id')
        .select(['keys.spend_nano_usd', 'keys.max_budget_nano_usd', 'keys.soft_budget_nano_usd'])
        .select(['keys.budget_duration', 'keys.budget_reset_at', firstHash.as('first_hash')])
        .select(['keys.temp_budget_increase_nano_usd', 'keys.temp_budget_expires_at'])
        .select('budgets.max_budget_nano_usd as shared_max_nano_usd')
        .select('budgets.soft_budget_nano_usd as shared_soft_nano_usd')
        .select('budgets.budget_reset_at as shared_reset_at')
        .where('key_hash', '=', owner.keyHash)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (!row) return null;
      // What a key has of its own goes before what its budget says, as in admission.
      const max_budget_nano_usd = row.max_budget_nano_usd ?? row.shared_max_nano_usd;
      return stateOf(
        owner,
        `key:${row.first_hash}`,
        {
          spend_nano_usd: row.spend_nano_usd,
          max_budget_nano_usd: maxBudgetAt({ ...row, max_budget_nano_usd }, nowMs),
          budget_reset_at: row.budget_duration === null ? row.shared_reset_at : row.budget_reset_at,
        },
        row.soft_budget_nano_usd ?? row.shared_soft_nano_usd,
      );
    }
    case 'user': {
      const row = await db
        .selectFrom('users')
        .select(budgetColumns)
        .where('user_id', '=', owner.userId)
        .executeTakeFirst();
      return row ? stateOf(owner, `user:${owner.userId}`, row, null) : null;
    }
    case 'team': {
      const row = await db
        .selectFrom('teams')
        .select([...budgetColumns, 'soft_budget_nano_usd'])
        .where('team_id', '=', owner.teamId)
        .executeTakeFirst();
      return row ? stateOf(owner, `team:${owner.teamId}`, row, row.soft_budget_nano_usd) : null;
    }
    case 'member': {
      const row = await db
        .selectFrom('team_members')
        .select(budgetColumns)
        .where('team_id', '=', owner.teamId)
        .where('user_id', '=', owner.userId)
        .executeTakeFirst();
      return row ? stateOf(owner, `member:${JSON.stringify([owner.teamId, owner.userId])}`, row, null) : null;
    }
    case 'organization': {
      const row = await db
        .selectFrom('organizations')
        .innerJoin('budgets', 'budgets.budget_id', 'organizations.budget_id')
        .select(['organizations.spend_nano_usd', 'budgets.max_budget_nano_usd', 'budgets.budget_reset_at'])
        .select('budgets.soft_budget_nano_usd')
        .where('organization_id', '=', owner.organizationId)
        .executeTakeFirst();
      return row ? stateOf(owner, `organization:${owner.organizationId}`, row, row.soft_budget_nano_usd) : null;
    }
    case 'organization-member': {
      const row = await db
        .selectFrom('organization_members')
        .innerJoin('organizations', 'organizations.organization_id', 'organization_members.organization_id')
        .innerJoin('budgets', 'budgets.budget_id', 'organizations.budget_id')
        .select(['organization_members.spend_nano_usd', 'organization_members.max_budget_nano_usd'])
        .select('budgets.budget_reset_at')
        .where('organization_members.organization_id', '=', owner.organizationId)
        .where('organization_members.user_id', '=', owner.userId)
        .executeTakeFirst();
      const name = `organization-member:${JSON.stringify([owner.organizationId, owner.userId])}`;
      return row ? stateOf(owner, name, row, null) : null;
    }
  }
}

const budgetColumns = ['spend_nano_usd', 'max_budget_nano_usd', 'budget_reset_at'] as const;

function stateOf(
  owner: BudgetOwner,
  name: string,
  row: { spend_nano_usd: number; max_budget_nano_usd: number | null; budget_reset_at: number | null },
  softBudgetNanoUsd: number | null,
): BudgetState {
  return {
    owner,
    name,
    spendNanoUsd: row.spend_nano_usd,
    maxBudgetNanoUsd: row.max_budget_nano_usd,
    softBudgetNanoUsd,
    resetsAt: row.budget_reset_at,
  };
}
