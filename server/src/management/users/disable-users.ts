import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import { masterUserId } from '../../access/principal.ts';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { revokeSessionsOfUser } from '../sessions/index.ts';
import { lockUser } from './lock-user.ts';
import { presentUser } from './present-user.ts';
import { checkNotLastAdmin, masterUserIsFixed } from './protect-admins.ts';
import type { disableUsers as endpoint } from './users.contract.ts';
import { findUser } from './users.store.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;
type Result = z.infer<(typeof endpoint)['result']>;

/**
 * Disables users: their keys stop at once and their sessions end; keys, memberships, budgets and history stay as
 * they are. All of the users or none. Who is disabled already stays so.
 * @throws ApiError 400 for oneself, for the row of the master key and for the last admin; 404 for an unknown id.
 */
export async function disableUsers(parts: Parts, call: Call, input: Input): Promise<Result> {
  return changeAll(parts, call, input, async (tx, userId) => {
    if (userId === masterUserId) throw masterUserIsFixed('it cannot be disabled.');
    if (userId === call.principal.userId) {
      throw new ApiError(400, 'You cannot disable your own account. Ask another proxy_admin to do it.');
    }
    const now = parts.now();
    const user = await lockUser(tx, userId);
    if (!user) throw userNotFound(userId);
    if (user.user_role === 'proxy_admin') await checkNotLastAdmin(tx, call.principal, userId);
    if (user.disabled_at === null) await setDisabled(tx, call, userId, now, now);
    const ended = await revokeSessionsOfUser(tx, userId, now);
    return [
      {
        action: 'blocked',
        object: { type: 'user', id: userId },
        before: { disabled_at: user.disabled_at },
        after: { disabled_at: user.disabled_at ?? now },
      },
      ...ended.map((object): AuditEntry => ({ action: 'signed-out', object })),
    ];
  });
}

/**
 * Lets disabled users back in: their keys work again, and they can sign in again. All of the users or none.
 * @throws ApiError 404 for an unknown id.
 */
export async function enableUsers(parts: Parts, call: Call, input: Input): Promise<Result> {
  return changeAll(parts, call, input, async (tx, userId) => {
    const user = await lockUser(tx, userId);
    if (!user) throw userNotFound(userId);
    await setDisabled(tx, call, userId, null, parts.now());
    return [
      {
        action: 'unblocked',
        object: { type: 'user', id: userId },
        before: { disabled_at: user.disabled_at },
        after: { disabled_at: null },
      },
    ];
  });
}

async function changeAll(
  parts: Parts,
  call: Call,
  input: Input,
  change: (tx: Transaction<Database>, userId: string) => Promise<readonly [AuditEntry, ...AuditEntry[]]>,
): Promise<Result> {
  // One order for everybody, so that two of these never wait for each other.
  const userIds = [...new Set(input.user_ids)].sort();
  return parts.changes.change(call.context, async (tx) => {
    const audit: AuditEntry[] = [];
    for (const userId of userIds) audit.push(...(await change(tx, userId)));
    const users: Result['users'] = [];
    for (const userId of userIds) {
      const user = await findUser(tx, call.access, userId);
      if (user) users.push(presentUser(user, parts.now()));
    }
    const [first, ...others] = audit;
    if (!first) throw new Error('Every user has an audit entry.');
    return { result: { users }, audit: [first, ...others] };
  });
}

async function setDisabled(
  tx: Transaction<Database>,
  { principal }: Call,
  userId: string,
  disabledAt: number | null,
  now: number,
): Promise<void> {
  await tx
    .updateTable('users')
    .set({ disabled_at: disabledAt, updated_at: now, updated_by: principal.userId ?? '' })
    .where('user_id', '=', userId)
    .execute();
}

function userNotFound(userId: string): ApiError {
  return new ApiError(404, `User not found, passed user_id=${userId}. Nobody was changed.`);
}
