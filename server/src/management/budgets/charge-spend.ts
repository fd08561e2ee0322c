import { sql, type Transaction } from 'kysely';
import type { SpendSubject, WindowSubject } from '../../ledger/spend-subjects.ts';
import type { Database } from '../../storage/database.ts';
import '../customers/customers.table.ts';
import '../keys/keys.table.ts';
import '../organizations/organizations.table.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import './budget-windows.table.ts';

/**
 * Adds to what a key, user, team, organization, member, customer or window has spent.
 * @returns the new total; null when what was charged no longer exists, or another window has begun.
 */
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
      case 'organization':
        return tx
          .updateTable('organizations')
          .set({ spend_nano_usd })
          .where('organization_id', '=', subject.organizationId)
          .returning('spend_nano_usd')
          .executeTakeFirst();
      case 'organization-member':
        return tx
          .updateTable('organization_members')
          .set({ spend_nano_usd })
          .where('organization_id', '=', subject.organizationId)
          .where('user_id', '=', subject.userId)
          .returning('spend_nano_usd')
          .executeTakeFirst();
      case 'customer':
        return rememberCustomer(tx, subject.customerId, nanoUsd, usedAt);
      case 'window':
        return chargeWindow(tx, subject, nanoUsd);
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

/** The hash of today of a key whose secret was replaced while a call was running. */
async function currentHash(tx: Transaction<Database>, keyHash: string): Promise<string> {
  const replaced = await tx
    .selectFrom('previous_key_hashes')
    .select('key_hash')
    .where('previous_hash', '=', keyHash)
    .executeTakeFirst();
  return replaced?.key_hash ?? keyHash;
}

/**
 * Charges one window of a budget. The first charge of a window begins it; one that comes after the next window has
 * begun is too late to count, so that any number of instances reset each window exactly once.
 */
async function chargeWindow(
  tx: Transaction<Database>,
  window: WindowSubject,
  nanoUsd: number,
): Promise<{ spend_nano_usd: number } | undefined> {
  return tx
    .insertInto('budget_windows')
    .values({
      owner_kind: window.owner,
      owner_id: window.owner === 'key' ? await currentHash(tx, window.ownerId) : window.ownerId,
      model: window.model,
      budget_duration: window.duration,
      ends_at: window.endsAt,
      spend_nano_usd: nanoUsd,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['owner_kind', 'owner_id', 'model', 'budget_duration'])
        .doUpdateSet({
          spend_nano_usd: sql<number>`case when budget_windows.ends_at = excluded.ends_at then budget_windows.spend_nano_usd else 0 end + excluded.spend_nano_usd`,
          ends_at: (of) => of.ref('excluded.ends_at'),
        })
        .whereRef('budget_windows.ends_at', '<=', 'excluded.ends_at'),
    )
    .returning('spend_nano_usd')
    .executeTakeFirst();
}
