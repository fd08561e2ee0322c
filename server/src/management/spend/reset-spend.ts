import { authError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { lockBooks } from '../../ledger/lock-books.ts';
import type { Parts } from '../parts.ts';
import '../budgets/budget-windows.table.ts';
import '../keys/keys.table.ts';
import '../teams/teams.table.ts';

/**
 * Sets the spend of all keys and teams to 0. What was spent stays in the log and on the usage pages.
 * @param flush folds what is settled into the database first, so that nothing from before is counted after.
 * @throws ApiError 401 for everybody but the holder of the master key.
 */
export async function resetSpend(
  parts: Parts,
  call: Call,
  flush: () => Promise<void>,
): Promise<{ message: string; status: 'success' }> {
  if (call.principal.kind !== 'master-key') {
    throw authError(401, 'Tried to access route=/global/spend/reset, which is only for MASTER KEY');
  }
  await flush();
  await parts.changes.change(call.context, async (tx) => {
    await lockBooks(tx, 'alone');
    const keys = await tx
      .updateTable('keys')
      .set({ spend_nano_usd: 0 })
      .where('spend_nano_usd', '<>', 0)
      .executeTakeFirst();
    const teams = await tx
      .updateTable('teams')
      .set({ spend_nano_usd: 0 })
      .where('spend_nano_usd', '<>', 0)
      .executeTakeFirst();
    await tx.deleteFrom('budget_windows').where('owner_kind', 'in', ['key', 'team']).execute();
    return {
      result: undefined,
      audit: {
        action: 'reset',
        object: { type: 'spend', id: 'all' },
        after: { keys: Number(keys.numUpdatedRows), teams: Number(teams.numUpdatedRows), spend: 0 },
      },
    };
  });
  return { message: 'Spend for all API Keys and Teams reset successfully', status: 'success' };
}
