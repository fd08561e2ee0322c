import type { Kysely } from 'kysely';
import type { WindowOwner } from '../../ledger/spend-subjects.ts';
import type { Database } from '../../storage/database.ts';
import './budget-windows.table.ts';

/** Forgets what was spent in windows, when their owners are gone: whoever gets the same id begins at zero. */
export async function forgetWindows(
  tx: Kysely<Database>,
  owner: WindowOwner,
  ownerIds: readonly string[],
): Promise<void> {
  await tx.deleteFrom('budget_windows').where('owner_kind', '=', owner).where('owner_id', 'in', ownerIds).execute();
}

/** Keeps what a key has spent in windows when its secret is replaced. */
export async function moveKeyWindows(tx: Kysely<Database>, fromHash: string, toHash: string): Promise<void> {
  await tx
    .updateTable('budget_windows')
    .set({ owner_id: toHash })
    .where('owner_kind', '=', 'key')
    .where('owner_id', '=', fromHash)
    .execute();
}
