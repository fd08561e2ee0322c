import type { Updateable } from 'kysely';
import type * as z from 'zod/mini';
import { masterUserId } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { optionalUsdToNanoUsd, usdToNanoUsd } from '../../money/money.ts';
import { firstBudgetResetAt, readDetailedLimits } from '../budgets/index.ts';
import { readAlias } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { updateUser } from './update-user.ts';
import type { updateManyUsers as endpoint } from './users.contract.ts';
import type { UserTable } from './users.table.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;
type Result = z.infer<(typeof endpoint)['result']>;
type UserPatch = NonNullable<Input['users']>[number];
type UserUpdates = NonNullable<Input['user_updates']>;

const mostUsers = 500;

/**
 * Changes many users. With `users`, each on its own by the rules of `/user/update`: what is refused for one changes
 * nothing about the others. With `all_users` and `user_updates`, everybody but the row of the master key at once.
 * @throws ApiError 400 for more than 500 users, for neither form, and for what cannot be the same for everybody.
 */
export async function updateManyUsers(parts: Parts, call: Call, input: Input): Promise<Result> {
  const { users } = input;
  if (users && users.length > mostUsers) {
    throw new ApiError(
      400,
      `Maximum ${mostUsers} users can be updated at once. Found ${users.length}. Send them in parts.`,
    );
  }
  if (users?.length && input.all_users) {
    throw new ApiError(400, "Send either 'users' or 'all_users=True' with 'user_updates', not both.");
  }
  if (users?.length) return updateEach(parts, call, users);
  if (input.all_users && input.user_updates) return updateAll(parts, call, input.user_updates);
  throw new ApiError(
    400,
    "Must specify either 'users' for individual updates or 'all_users=True' with 'user_updates' for bulk updates",
  );
}

async function updateEach(parts: Parts, call: Call, users: readonly UserPatch[]): Promise<Result> {
  const results: Result['results'] = [];
  for (const patch of users) {
    const named = { user_id: patch.user_id ?? null, user_email: patch.user_email ?? null };
    try {
      const { user_id, data } = await updateUser(parts, { ...call, sentFields: new Set(Object.keys(patch)) }, patch);
      results.push({ ...named, user_id, success: true, error: null, updated_user: data });
    } catch (error) {
      // Whatever happens to one of them, the caller must learn what happened to the others.
      const reason = error instanceof ApiError ? error.message : 'The user could not be written. Try again.';
      results.push({ ...named, success: false, error: reason, updated_user: null });
    }
  }
  return summary(results);
}

async function updateAll(parts: Parts, call: Call, updates: UserUpdates): Promise<Result> {
  const changes = changesForAll(parts, updates);
  return parts.changes.change(call.context, async (tx) => {
    const rows = await tx
      .updateTable('users')
      .set({ ...changes, updated_at: parts.now(), updated_by: call.principal.userId ?? '' })
      .where('user_id', '!=', masterUserId)
      .returning(['user_id', 'user_email'])
      .execute();
    const results = rows.map((row) => ({ ...row, success: true, error: null, updated_user: null }));
    return {
      result: summary(results),
      // One entry stands for all of them.
      audit: { action: 'updated', object: { type: 'user', id: '*' }, after: { ...changes, users: rows.length } },
    };
  });
}

/** By LiteLLM's rule null and empty values count as not sent, except for budgets and limits of models, which null removes. */
function changesForAll(parts: Parts, updates: UserUpdates): Updateable<UserTable> {
  for (const field of ['user_email', 'password', 'user_role'] as const) {
    if (!updates[field]) continue;
    throw new ApiError(
      400,
      `${field} cannot be the same for everybody: it would ${field === 'user_role' ? 'change the admins too' : 'not tell people apart'}. Name the users in 'users'.`,
    );
  }
  const changes: Updateable<UserTable> = {};
  if (updates.user_alias) changes.user_alias = readAlias(updates.user_alias, 'user_alias');
  if (updates.models?.length) changes.models = JSON.stringify(updates.models);
  if (updates.metadata && Object.keys(updates.metadata).length > 0) changes.metadata = JSON.stringify(updates.metadata);
  if (typeof updates.spend === 'number') changes.spend_nano_usd = usdToNanoUsd(updates.spend);
  if (typeof updates.tpm_limit === 'number') changes.tpm_limit = updates.tpm_limit;
  if (typeof updates.rpm_limit === 'number') changes.rpm_limit = updates.rpm_limit;
  if (typeof updates.max_parallel_requests === 'number') changes.max_parallel_requests = updates.max_parallel_requests;
  Object.assign(changes, readDetailedLimits(parts, updates));
  if (updates.max_budget !== undefined) changes.max_budget_nano_usd = optionalUsdToNanoUsd(updates.max_budget);
  if (updates.budget_duration) {
    changes.budget_duration = updates.budget_duration;
    changes.budget_reset_at = firstBudgetResetAt(parts, updates.budget_duration);
  }
  if (Object.keys(changes).length > 0) return changes;
  throw new ApiError(400, "'user_updates' changes nothing. Send at least one field with a value.");
}

function summary(results: Result['results']): Result {
  const successful = results.filter((result) => result.success).length;
  return {
    results,
    total_requested: results.length,
    successful_updates: successful,
    failed_updates: results.length - successful,
  };
}
