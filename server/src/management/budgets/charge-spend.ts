import { sql, type Transaction } from 'kysely';
import type { SpendSubject } from '../../ledger/spend-subjects.ts';
import type { Database } from '../../storage/database.ts';
import '../customers/customers.table.ts';
import '../keys/keys.table.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';

/** Adds to what a key, user, team, member or customer has spent; returns the new total, null when it no longer exists. */
export async function chargeSpend(
  tx: Transaction<Database>,
  subject: SpendSubject,
  nanoUsd: number,
  usedAt: number,
): Promise<number | null> {
  const spend_nano_usd = sql<number>`spend_nano_usd + ${nanoUsd}`;
  const row = await (() => {
    switch (subject.kind) {
      case 'key':
        return chargeKey(tx, subject.keyHash, nanoUsd, usedAt);
      case 'user':
        return tx
          .updateTable('users')
          .set({ spend_nano_usd, last_active_at: usedAt })
          .where('user_id', '=', subject.userId)
          .returning('spend_nano_usd')
          .executeTakeFirst();
      case 'team':
        return tx
          .updateTable('teams')
          .set({ spend_nano_usd })
          .where('team_id', '=', subject.teamId)
          .returning('spend_nano_usd')
          .executeTakeFirst();
      case 'member':
        return tx
          .updateTable('team_members')
          .set({ spend_nano_usd })
          .where('team_id', '=', subject.teamId)
          .where('user_id', '=', subject.userId)
          .returning('spend_nano_usd')
          .executeTakeFirst();
      case 'customer':
        return rememberCustomer(tx, subject.customerId, nanoUsd, usedAt);
    }
  })();
  return row?.spend_nano_usd ?? null;
}

/** A call that began before the key's secret was replaced is charged to the key by the hash of today. */
async function chargeKey(
  tx: Transaction<Database>,
  keyHash: string,
  nanoUsd: number,
  usedAt: number,
): Promise<{ spend_nano_usd: number } | undefined> {
  const charge = tx
    .updateTable('keys')
    .set({ spend_nano_usd: sql<number>`spend_nano_usd + ${nanoUsd}`, last_used_at: usedAt })
    .returning('spend_nano_usd');
  return (
    (await charge.where('key_hash', '=', keyHash).executeTakeFirst()) ??
    (await charge
      .where('key_hash', 'in', (of) =>
        of.selectFrom('previous_key_hashes').select('key_hash').where('previous_hash', '=', keyHash),
      )
      .executeTakeFirst())
  );
}

/** Whoever a request names as its `user` becomes a customer with the first request. */
async function rememberCustomer(
  tx: Transaction<Database>,
  customerId: string,
  nanoUsd: number,
  usedAt: number,
): Promise<{ spend_nano_usd: number } | undefined> {
  return tx
    .insertInto('customers')
    .values({
      user_id: customerId,
      alias: null,
      spend_nano_usd: nanoUsd,
      allowed_model_region: null,
      default_model: null,
      budget_id: null,
      blocked_at: null,
      last_used_at: usedAt,
      created_at: usedAt,
      updated_at: usedAt,
    })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet({
        spend_nano_usd: sql<number>`customers.spend_nano_usd + ${nanoUsd}`,
        last_used_at: usedAt,
      }),
    )
    .returning('spend_nano_usd')
    .executeTakeFirst();
}
