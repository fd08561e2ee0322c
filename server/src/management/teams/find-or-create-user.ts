import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { masterUserId } from '../../access/principal.ts';
import type { InternalUserDefaults } from '../../config/settings.ts';
import { ApiError } from '../../http/api-error.ts';
import { parseEmail } from '../../http/parse-email.ts';
import type { Database } from '../../storage/database.ts';
import { firstBudgetResetAt, noDetailedLimits } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { loadInternalUserDefaults } from '../settings/index.ts';
import { chosenAddress, isFoundByAddress } from '../users/chosen-address.ts';
import type { UserTable } from '../users/users.table.ts';

/** A person named by id, by e-mail, or by both. */
export interface NamedPerson {
  readonly userId: string | null;
  readonly userEmail: string | null;
}

/**
 * Finds the person, or adds them: an id or address that nobody has becomes an internal user with the defaults of
 * the settings and no password, who can sign in only after an invitation.
 * @param organizationId the organization that a new account is made in; null: none.
 * @throws ApiError 400 when neither id nor address is given, or they belong to different people.
 */
export async function findOrCreateUser(
  tx: Kysely<Database>,
  parts: Parts,
  person: NamedPerson,
  createdBy: string,
  organizationId: string | null = null,
): Promise<{ user: UserTable; created: boolean }> {
  const userEmail = parseEmail(person.userEmail);
  const userId = person.userId || null;
  if (userId === null && userEmail === null) {
    throw new ApiError(400, 'Either user_id or user_email must be provided for every member.');
  }
  const found = (await findById(tx, userId)) ?? (await findByEmail(tx, userEmail));
  if (found) {
    if (userId === null && !isFoundByAddress(found)) throw chosenAddress(userEmail ?? '');
    assertSamePerson(found, userId, userEmail);
    return { user: found, created: false };
  }
  const defaults = await loadInternalUserDefaults(tx, parts);
  const user: UserTable = {
    ...newUser(parts, defaults, userId, userEmail, createdBy),
    organization_id: organizationId,
  };
  const inserted = await tx
    .insertInto('users')
    .values(user)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 1n) return { user, created: true };
  // Somebody added the same person a moment ago.
  const other = (await findById(tx, userId)) ?? (await findByEmail(tx, userEmail));
  if (!other)
    throw new ApiError(409, 'This person was added and removed by somebody else at the same time. Try again.');
  assertSamePerson(other, userId, userEmail);
  return { user: other, created: false };
}

async function findById(tx: Kysely<Database>, userId: string | null): Promise<UserTable | undefined> {
  if (userId === null) return undefined;
  return tx.selectFrom('users').selectAll().where('user_id', '=', userId).executeTakeFirst();
}

async function findByEmail(tx: Kysely<Database>, userEmail: string | null): Promise<UserTable | undefined> {
  if (userEmail === null) return undefined;
  return tx
    .selectFrom('users')
    .selectAll()
    .where(sql<boolean>`lower(user_email) = ${userEmail.toLowerCase()}`)
    .executeTakeFirst();
}

function assertSamePerson(user: UserTable, userId: string | null, userEmail: string | null): void {
  const sameId = userId === null || user.user_id === userId;
  const sameEmail = userEmail === null || user.user_email?.toLowerCase() === userEmail.toLowerCase();
  if (sameId && sameEmail) return;
  throw new ApiError(
    400,
    `user_id=${userId} and user_email=${userEmail} do not name the same person. Send one of the two, or correct the other.`,
  );
}

function newUser(
  parts: Parts,
  { params, maxBudgetNanoUsd, budgetDuration }: InternalUserDefaults,
  userId: string | null,
  userEmail: string | null,
  createdBy: string,
): UserTable {
  const now = parts.now();
  const isMaster = userId === masterUserId;
  const duration = isMaster ? null : (params.budgetDuration ?? budgetDuration);
  return {
    user_id: userId ?? randomUUID(),
    user_email: userEmail,
    email_chosen_at: null,
    user_alias: null,
    organization_id: null,
    // The id of the master key's holder never stands for anybody else.
    user_role: isMaster ? 'proxy_admin' : 'internal_user',
    password_hash: null,
    password_reset_required_at: null,
    disabled_at: null,
    models: JSON.stringify(isMaster ? [] : params.models),
    metadata: '{}',
    max_budget_nano_usd: isMaster ? null : (params.maxBudgetNanoUsd ?? maxBudgetNanoUsd),
    budget_duration: duration,
    budget_reset_at: firstBudgetResetAt(parts, duration),
    spend_nano_usd: 0,
    tpm_limit: null,
    rpm_limit: null,
    max_parallel_requests: null,
    ...noDetailedLimits,
    last_active_at: null,
    created_at: now,
    created_by: createdBy,
    updated_at: now,
    updated_by: createdBy,
  };
}
