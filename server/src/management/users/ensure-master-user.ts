import { masterUserId } from '../../access/principal.ts';
import { systemContext } from '../../audit/change.ts';
import { noDetailedLimits } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import './users.table.ts';

/** Makes sure, at start, that the row exists that stands for the master key and for the `UI_USERNAME` sign-in. */
export async function ensureMasterUser(parts: Parts): Promise<void> {
  const row = await parts.storage.db
    .selectFrom('users')
    .select('user_role')
    .where('user_id', '=', masterUserId)
    .executeTakeFirst();
  if (row?.user_role === 'proxy_admin') return;
  const now = parts.now();
  await parts.changes.change(systemContext, async (tx) => {
    await tx
      .insertInto('users')
      .values({
        user_id: masterUserId,
        user_email: null,
        email_chosen_at: null,
        user_alias: null,
        user_role: 'proxy_admin',
        password_hash: null,
        password_reset_required_at: null,
        disabled_at: null,
        models: '[]',
        metadata: '{}',
        max_budget_nano_usd: null,
        budget_duration: null,
        budget_reset_at: null,
        spend_nano_usd: 0,
        tpm_limit: null,
        rpm_limit: null,
        max_parallel_requests: null,
        ...noDetailedLimits,
        last_active_at: null,
        created_at: now,
        created_by: 'system',
        updated_at: now,
        updated_by: 'system',
      })
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ user_role: 'proxy_admin', updated_at: now }))
      .execute();
    return {
      result: undefined,
      audit: { action: 'created', object: { type: 'user', id: masterUserId }, after: { user_role: 'proxy_admin' } },
    };
  });
}
