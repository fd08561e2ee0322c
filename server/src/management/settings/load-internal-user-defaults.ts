import type { Kysely } from 'kysely';
import type { InternalUserDefaults } from '../../config/settings.ts';
import { optionalUsdToNanoUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import './config.table.ts';

/** The name under which the defaults of new users are kept. */
export const internalUserParams = 'default_internal_user_params';

/** What was set through the API, in the API's words. A name that is absent was not set; null says "none". */
export interface StoredUserDefaults {
  readonly user_role?: string | null;
  readonly max_budget?: number | null;
  readonly budget_duration?: string | null;
  readonly models?: readonly string[] | null;
  readonly teams?: readonly string[] | null;
}

/** What an admin has set through the API; empty when nobody has. */
export async function readStoredUserDefaults(db: Kysely<Database>): Promise<StoredUserDefaults> {
  const row = await db
    .selectFrom('config')
    .select('param_value')
    .where('param_name', '=', internalUserParams)
    .executeTakeFirst();
  return row ? (JSON.parse(row.param_value) as StoredUserDefaults) : {};
}

/** What new users get at this moment: the config file, and above it what was set through the API. */
export async function loadInternalUserDefaults(
  db: Kysely<Database>,
  { settings }: Pick<Parts, 'settings'>,
): Promise<InternalUserDefaults> {
  return applyStoredDefaults(settings.internalUserDefaults, await readStoredUserDefaults(db));
}

/** Puts what was set through the API above the config file. A budget that was set to none is none for every role. */
export function applyStoredDefaults(fromFile: InternalUserDefaults, stored: StoredUserDefaults): InternalUserDefaults {
  const { params } = fromFile;
  return {
    maxBudgetNanoUsd: stored.max_budget === undefined ? fromFile.maxBudgetNanoUsd : null,
    budgetDuration: stored.budget_duration === undefined ? fromFile.budgetDuration : null,
    params: {
      userRole: stored.user_role === undefined ? params.userRole : stored.user_role,
      maxBudgetNanoUsd:
        stored.max_budget === undefined ? params.maxBudgetNanoUsd : optionalUsdToNanoUsd(stored.max_budget),
      budgetDuration: stored.budget_duration === undefined ? params.budgetDuration : stored.budget_duration,
      models: stored.models === undefined ? params.models : (stored.models ?? []),
      teams: stored.teams === undefined ? params.teams : (stored.teams ?? []),
    },
  };
}
