import { type Kysely, sql } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import './raised-alerts.table.ts';

/**
 * Notes that somebody is warned now. However many instances find the same thing at once, one of them warns.
 * @returns true for the one who does.
 */
export async function raiseOnce(db: Kysely<Database>, alertKey: string, nowMs: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('raised_alerts')
    .values({ alert_key: alertKey, raised_at: nowMs })
    .onConflict((conflict) => conflict.column('alert_key').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Forgets warnings that no budget and no key can come back to. @param beforeMs those that were raised earlier. */
export async function forgetAlerts(db: Kysely<Database>, beforeMs: number): Promise<void> {
  await db.deleteFrom('raised_alerts').where('raised_at', '<', beforeMs).execute();
}

/** The first hash that a key had, in SQL beside `keys`: it stays the same when the secret is replaced. */
export const firstHash = sql<string>`coalesce((select previous_hash from previous_key_hashes where previous_key_hashes.key_hash = keys.key_hash order by replaced_at limit 1), keys.key_hash)`;
