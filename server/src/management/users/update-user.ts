import type { Transaction, Updateable } from 'kysely';
import type * as z from 'zod/mini';
import type { Role } from '../../access/permissions.contract.ts';
import { masterUserId } from '../../access/principal.ts';
import type { AuditEntry, ChangedObject } from '../../audit/change.ts';
import type { InternalUserDefaults } from '../../config/settings.ts';
import { ApiError, authError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { parseEmail } from '../../http/parse-email.ts';
import { usdToNanoUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import { firstBudgetResetAt, noDetailedLimits, readDetailedLimits } from '../budgets/index.ts';
import { revokeInvitationsOfOthers } from '../invitations/invitations.store.ts';
import { readAlias } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { checkPasswordPolicy, hashPassword } from '../passwords/index.ts';
import { revokeSessionsOfUser } from '../sessions/index.ts';
import { loadInternalUserDefaults } from '../settings/index.ts';
import { chosenAddress, isFoundByAddress } from './chosen-address.ts';
import { describeUser } from './describe-user.ts';
import { lockUser } from './lock-user.ts';
import { presentUser } from './present-user.ts';
import { checkNotLastAdmin, masterUserIsFixed } from './protect-admins.ts';
import { findUserConflict } from './user-conflict.ts';
import type { updateUser as endpoint } from './users.contract.ts';
import { findUser, findUserIdByEmail, reachesUser } from './users.store.ts';
import type { UserTable } from './users.table.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Changes a user. Only what was sent counts, and null, `[]` and `{}` count as not sent (LiteLLM's rule: models are
 * opened with `["all-proxy-models"]`, not with an empty list), except for `max_budget`, `budget_limits` and the limits of
 * models, which null removes.
 * Without `user_id` the address finds the user, and is then not a change.
 *
 * Everybody else than an admin may change only themselves, and only what gives them no more rights. A password
 * that an admin sets must be changed by its owner at the next sign-in, and ends the owner's sessions.
 * @throws ApiError 400, 403, 404 or 409 in the contract's words.
 */
export async function updateUser(
  parts: Parts,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const userId = await findTarget(parts, call, input);
  checkFields(call, input);
  const passwordHash = input.password ? await hashNewPassword(parts, userId, input.password) : null;
  const email = input.user_id ? parseEmail(input.user_email) : null;
  try {
    return await parts.changes.change(call.context, async (tx) => {
      await lockUser(tx, userId);
      const before = await findUser(tx, call.access, userId);
      if (!before) throw userNotFound(userId);
      await checkRoleChange(tx, call, before, input);
      const conflict = await findUserConflict(tx, { userId: null, email, exceptUserId: userId });
      if (conflict) throw conflict;
      const defaults = await loadInternalUserDefaults(tx, parts);
      const changes = {
        ...changesOf(parts, call, input, before, defaults),
        ...(email === null ? {} : addressChange(parts, call, before, email)),
      };
      if (passwordHash !== null) {
        Object.assign(changes, { password_hash: passwordHash, password_reset_required_at: parts.now() });
      }
      await tx.updateTable('users').set(changes).where('user_id', '=', userId).execute();
      const after = await findUser(tx, call.access, userId);
      if (!after) throw userNotFound(userId);
      const ended = passwordHash === null ? [] : await revokeSessionsOfUser(tx, userId, parts.now());
      const revoked = await revokeInvitationsToRole(tx, parts, call, before, after);
      const audit: [AuditEntry, ...AuditEntry[]] = [
        {
          action: 'updated',
          object: { type: 'user', id: userId },
          before: describeUser(before),
          after: describeUser(after),
        },
        ...ended.map((object): AuditEntry => ({ action: 'signed-out', object })),
        ...revoked.map((object): AuditEntry => ({ action: 'updated', object, after: { revoked: true } })),
      ];
      return { result: { user_id: userId, data: presentUser(after, parts.now()) }, audit };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw (await findUserConflict(parts.storage.db, { userId: null, email, exceptUserId: userId })) ?? error;
  }
}

/** For everybody but admins, other people's ids and ids that nobody has are refused alike. */
async function findTarget(parts: Parts, { access, principal }: Call, input: Input): Promise<string> {
  const email = input.user_id ? null : parseEmail(input.user_email);
  if (!input.user_id && email === null) {
    throw new ApiError(400, 'Either user id or user email must be provided', { type: 'auth_error', param: 'None' });
  }
  const userId = input.user_id || (email && (await findUserIdByEmail(parts.storage.db, access, email)));
  if (userId && email !== null && access.reach === 'all') await assertFoundByAddress(parts, userId, email);
  if (userId && reachesUser(access, userId)) return userId;
  if (access.reach === 'all') throw userNotFound(email ?? '');
  throw new ApiError(
    403,
    `User does not have permission to update this user. Only PROXY_ADMIN can update other users. Your user_id=${principal.userId ?? 'None'}`,
    { type: 'auth_error', param: 'None' },
  );
}

async function assertFoundByAddress({ storage }: Parts, userId: string, email: string): Promise<void> {
  const user = await storage.db
    .selectFrom('users')
    .select('email_chosen_at')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (user && !isFoundByAddress(user)) throw chosenAddress(email);
}

/** An address that an admin sends is confirmed by that; one that people enter for themselves is not. */
function addressChange(parts: Parts, { access }: Call, before: UserTable, email: string): Updateable<UserTable> {
  if (access.reach === 'all') return { user_email: email, email_chosen_at: null };
  const isTheSame = before.user_email?.toLowerCase() === email.toLowerCase();
  return { user_email: email, ...(isTheSame ? {} : { email_chosen_at: parts.now() }) };
}

/** What people may change about themselves. Limits, models and roles are what an admin grants. */
const ownFields: ReadonlySet<string> = new Set(['user_id', 'user_email', 'user_alias', 'metadata']);
const viewerFields: ReadonlySet<string> = new Set(['user_id', 'user_email']);

function checkFields({ principal, sentFields }: Call, input: Input): void {
  if (principal.role === 'proxy_admin') return;
  for (const field of sentFields) {
    if (isNotSent(input, field)) continue;
    if (principal.role === 'proxy_admin_viewer') {
      if (viewerFields.has(field)) continue;
      throw authError(
        403,
        `user not allowed to access this route, role= proxy_admin_viewer. Trying to access: /user/update and updating invalid param: ${field}. only user_email can be updated`,
      );
    }
    if (field === 'user_role' && input.user_role) {
      throw new ApiError(403, 'Only proxy admins can modify user roles.', { type: 'auth_error', param: 'None' });
    }
    if (field === 'password') {
      throw new ApiError(
        403,
        'Change your own password with POST /user/password/change, which asks for the current one.',
        {
          type: 'auth_error',
          param: 'None',
        },
      );
    }
    if (ownFields.has(field)) continue;
    throw new ApiError(403, `Non-admin users cannot modify '${field}' on their own record. Contact your proxy admin.`, {
      type: 'auth_error',
      param: 'None',
    });
  }
}

const removable: ReadonlySet<string> = new Set(['max_budget', ...Object.keys(noDetailedLimits)]);

/** A null changes nothing, but for budgets and limits of models. */
function isNotSent(input: Input, field: string): boolean {
  return field in input && input[field as keyof Input] === null && !removable.has(field);
}

async function checkRoleChange(tx: Transaction<Database>, call: Call, before: UserTable, input: Input): Promise<void> {
  if (!input.user_role || input.user_role === before.user_role) return;
  if (before.user_id === masterUserId) throw masterUserIsFixed('its role cannot be changed.');
  if (before.user_role === 'proxy_admin') await checkNotLastAdmin(tx, call.principal, before.user_id);
}

/** An org admin who has invited somebody holds the link, and must not become what that person becomes. */
async function revokeInvitationsToRole(
  tx: Transaction<Database>,
  parts: Parts,
  call: Call,
  before: UserTable,
  after: UserTable,
): Promise<ChangedObject[]> {
  if (before.user_role === after.user_role || !after.user_role.startsWith('proxy_admin')) return [];
  return revokeInvitationsOfOthers(tx, before.user_id, call.principal.userId ?? '', parts.now());
}

async function hashNewPassword(parts: Parts, userId: string, password: string): Promise<string> {
  if (userId === masterUserId)
    throw masterUserIsFixed('it signs in with UI_USERNAME and UI_PASSWORD, not with a password of its own.');
  checkPasswordPolicy(parts.settings.passwordPolicy, password);
  return hashPassword(password);
}

function changesOf(
  parts: Parts,
  call: Call,
  input: Input,
  before: UserTable,
  defaults: InternalUserDefaults,
): Updateable<UserTable> {
  const changes: Updateable<UserTable> = { updated_at: parts.now(), updated_by: call.principal.userId ?? '' };
  if (input.user_alias) changes.user_alias = readAlias(input.user_alias, 'user_alias');
  if (input.user_role) changes.user_role = input.user_role;
  if (input.models?.length) changes.models = JSON.stringify(input.models);
  if (input.metadata && Object.keys(input.metadata).length > 0) changes.metadata = JSON.stringify(input.metadata);
  if (typeof input.spend === 'number') changes.spend_nano_usd = usdToNanoUsd(input.spend);
  if (typeof input.tpm_limit === 'number') changes.tpm_limit = input.tpm_limit;
  if (typeof input.rpm_limit === 'number') changes.rpm_limit = input.rpm_limit;
  if (typeof input.max_parallel_requests === 'number') changes.max_parallel_requests = input.max_parallel_requests;
  Object.assign(changes, readDetailedLimits(parts, input));
  return { ...changes, ...budgetChangesOf(parts, input, before, defaults) };
}

/** What changes about somebody who is given a role: the role, and the budget that may come with it. */
export function changesOfRole(
  parts: Parts,
  before: UserTable,
  role: Role,
  defaults: InternalUserDefaults,
): Updateable<UserTable> {
  return { user_role: role, ...budgetChangesOf(parts, { user_role: role }, before, defaults) };
}

/**
 * Somebody who becomes an internal user and has no budget gets that of internal users. A budget of their own, and
 * one that an admin has removed from an internal user, stays as it is when the role is merely sent along.
 */
function budgetChangesOf(
  parts: Parts,
  input: Input,
  before: UserTable,
  defaults: InternalUserDefaults,
): Updateable<UserTable> {
  const becomesInternalUser = input.user_role === 'internal_user' && before.user_role !== 'internal_user';
  const changes: Updateable<UserTable> = {};
  if (input.max_budget !== undefined) {
    changes.max_budget_nano_usd = input.max_budget === null ? null : usdToNanoUsd(input.max_budget);
  } else if (becomesInternalUser && before.max_budget_nano_usd === null && defaults.maxBudgetNanoUsd !== null) {
    changes.max_budget_nano_usd = defaults.maxBudgetNanoUsd;
  }
  const duration =
    input.budget_duration ||
    (becomesInternalUser && before.budget_duration === null && changes.max_budget_nano_usd != null
      ? defaults.budgetDuration
      : null);
  if (duration) {
    changes.budget_duration = duration;
    changes.budget_reset_at = firstBudgetResetAt(parts, duration);
  }
  return changes;
}

function userNotFound(idOrEmail: string): ApiError {
  return new ApiError(404, `User ${idOrEmail} not found. Add people with /user/new.`, {
    type: 'auth_error',
    param: 'None',
  });
}
