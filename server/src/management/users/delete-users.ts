import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import { masterUserId } from '../../access/principal.ts';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import '../organizations/organizations.table.ts';
import '../teams/teams.table.ts';
import { forgetWindows } from '../budgets/index.ts';
import { deleteKeysOfUser } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { revokeSessionsOfUser } from '../sessions/index.ts';
import { describeUser } from './describe-user.ts';
import { lockUser } from './lock-user.ts';
import { assertMayDeleteUser } from './org-admin-rules.ts';
import { checkNotLastAdmin, masterUserIsFixed } from './protect-admins.ts';
import type { deleteUsers as endpoint } from './users.contract.ts';
import { findUser } from './users.store.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Deletes users with their keys, sessions, invitations and memberships; what they have spent stays in the books.
 * All of them or none.
 * @returns how many users were deleted.
 * @throws ApiError 404 for an unknown id; 403 for one that the caller may not delete; 400 for oneself, for the row of the master key and for the last admin.
 */
export async function deleteUsers(parts: Parts, call: Call, input: Input): Promise<number> {
  const userIds = [...new Set(input.user_ids)].sort();
  if (userIds.length === 0) throw new ApiError(400, 'user_ids is empty: name the users to delete.');
  return parts.changes.change(call.context, async (tx) => {
    const now = parts.now();
    const audit: AuditEntry[] = [];
    for (const userId of userIds) audit.push(await describeDeletion(tx, call, userId));
    // Keys, then members, then users: the order in which spend is charged, so that the two never wait for each other.
    for (const userId of userIds) {
      audit.push(...(await deleteKeysOfUser(tx, userId, { deletedBy: call.principal.userId ?? '', deletedAt: now })));
    }
    await tx.deleteFrom('team_members').where('user_id', 'in', userIds).execute();
    await tx.deleteFrom('organization_members').where('user_id', 'in', userIds).execute();
    for (const userId of userIds) {
      if (!(await lockUser(tx, userId))) throw userNotFound(userId);
      for (const object of await revokeSessionsOfUser(tx, userId, now)) audit.push({ action: 'signed-out', object });
      // Invitations and sessions go with the row by their foreign keys.
      await tx.deleteFrom('users').where('user_id', '=', userId).execute();
    }
    await forgetWindows(tx, 'user', userIds);
    const [first, ...others] = audit;
    if (!first) throw new Error('Every deleted user has an audit entry.');
    return { result: userIds.length, audit: [first, ...others] };
  });
}

/** Checks that a user may be deleted, and says what will be gone. */
async function describeDeletion(tx: Transaction<Database>, call: Call, userId: string): Promise<AuditEntry> {
  if (userId === masterUserId) throw masterUserIsFixed('it cannot be deleted.');
  if (userId === call.principal.userId) {
    throw new ApiError(400, 'You cannot delete your own account. Ask another proxy_admin to do it.');
  }
  const user = await findUser(tx, call.access, userId);
  if (!user) throw userNotFound(userId);
  assertMayDeleteUser(call.principal, user);
  if (user.user_role === 'proxy_admin') await checkNotLastAdmin(tx, call.principal, userId);
  const before = { ...describeUser(user), teams: user.team_ids };
  return { action: 'deleted', object: { type: 'user', id: userId }, before };
}

function userNotFound(userId: string): ApiError {
  return new ApiError(404, `User not found, passed user_id=${userId}`);
}
