import type { Kysely } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { readBudgetId } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { assertNotWidened } from './assert-not-widened.ts';
import { assertTeamLetsCreate, creatorOf, onlyAdminsEstimate, onlyAdminsSetBudgetId } from './creation-rules.ts';
import { describeKey, endGracePeriods } from './delete-key-rows.ts';
import { keyNotFound } from './get-key.ts';
import { asConflict } from './insert-key.ts';
import { assertModelsOfUser, assertWithinTeam } from './key-limits.ts';
import { assertOrganizationTakes, loadTeamOrganization, organizationPatchOf } from './key-organization.ts';
import { toKeyHash } from './key-secret.ts';
import type { KeyPatch } from './keys.contract.ts';
import { findKey, type KeyRelation, keyRowOf, ownUserId } from './keys.store.ts';
import type { KeyTable } from './keys.table.ts';
import { assertLifetimeInTeam } from './member-key-lifetime.ts';
import { type PresentedKey, presentKey } from './present-key.ts';
import { readPatch } from './read-key-patch.ts';
import { loadTeamRights, mayUseRoute, memberNotPermitted, type TeamRights } from './team-rights.ts';
import { asList } from './write-python.ts';

const route = '/key/update';

/** A key that somebody wants to change, and who. */
interface Attempt {
  readonly parts: Parts;
  readonly call: Call;
  readonly before: KeyTable;
  readonly after: KeyTable;
  readonly relation: KeyRelation;
}

/**
 * Changes a key: fields that were not sent stay as they are. Owners change what does not touch money; budgets and
 * spend are for admins of the gateway and of the key's team.
 * @throws ApiError 400, 401, 403 or 404 in the contract's words.
 */
export async function updateKey(
  parts: Parts,
  call: Call,
  input: KeyPatch,
): Promise<PresentedKey & { key: string; token: string }> {
  const now = parts.now();
  const row = await parts.changes.change(call.context, async (tx) => {
    const found = await findKey(tx, call.access, toKeyHash(input.key));
    if (!found || found.row.deleted_at !== null) throw keyNotFound();
    const before = keyRowOf(found.row);
    const sent: Partial<KeyTable> = {
      ...readPatch(parts, input, call.sentFields, before),
      ...(input.budget_id === undefined ? {} : { budget_id: await readBudgetId(tx, input.budget_id) }),
      updated_at: now,
      updated_by: call.principal.userId ?? '',
    };
    const patch = { ...sent, ...organizationPatchOf(call, input, { ...before, ...sent }) };
    const after = { ...before, ...patch };
    await assertMayPatch(tx, { parts, call, before, after, relation: found.relation });
    await assertOrganizationTakes(tx, call, input, before, after);
    try {
      // Only what was sent: spend may be booked on the row at the same time.
      await tx.updateTable('keys').set(patch).where('key_hash', '=', before.key_hash).execute();
    } catch (error) {
      throw asConflict(error, after.key_alias);
    }
    if (before.blocked_at === null && after.blocked_at !== null) await endGracePeriods(tx, [before.key_hash], now);
    return {
      result: { ...after, team_organization_id: await loadTeamOrganization(tx, after.team_id) },
      audit: {
        action: 'updated',
        object: { type: 'key', id: before.key_hash },
        before: describeKey(before),
        after: describeKey(after),
      },
    };
  });
  return { ...presentKey(row, now), key: input.key, token: row.key_hash };
}

/**
 * Refuses a change that the caller may not make, or that goes beyond the limits of owner and team.
 * @throws ApiError 400, 401, 403 or 404 in the contract's words.
 */
export async function assertMayPatch(tx: Kysely<Database>, attempt: Attempt): Promise<void> {
  await assertMayChange(tx, attempt);
  if (attempt.after.team_id !== attempt.before.team_id) await assertMayMove(tx, attempt);
}

async function assertMayChange(tx: Kysely<Database>, attempt: Attempt): Promise<void> {
  const { call, before, after, relation } = attempt;
  if (relation.everything) return;
  if (before.team_id === null) {
    if (!relation.isOwner && !relation.administers) {
      throw refuse(
        403,
        // Whose key it is, only its owner and admins are told.
        `User can only create keys for themselves. Got user_id=***, Your ID=${ownUserId(call.principal)}`,
      );
    }
    if (before.created_by !== before.user_id && !relation.administers) assertNotWidened(before, after);
  } else {
    if (!relation.team?.role)
      throw refuse(403, `User=${ownUserId(call.principal)} not assigned to the team of this key`);
    if (!mayUseRoute(relation.team, route)) {
      throw memberNotPermitted(route, before.team_id, relation.team.memberPermissions);
    }
  }
  if (after.user_id !== before.user_id) {
    throw refuse(
      403,
      `User=${after.user_id} is not allowed to update key=${before.key_name} to belong to user=${before.user_id}`,
    );
  }
  assertMoneyUntouched(attempt);
  if (after.organization_id !== before.organization_id) assertMayEnter(attempt);
  if (after.budget_id !== before.budget_id) throw onlyAdminsSetBudgetId();
  if (after.default_estimated_output_tokens !== before.default_estimated_output_tokens) throw onlyAdminsEstimate();
  if (after.allowed_routes !== before.allowed_routes || after.permissions !== before.permissions) {
    throw refuse(403, 'Only proxy admins can change allowed_routes and permissions of a key. Leave both out.');
  }
  if (after.team_id === before.team_id) await assertWithinLimits(tx, attempt);
}

/** A key of one's own may enter an organization, as a new one could; only admins of the gateway take one out again. */
function assertMayEnter({ call, before, after, relation }: Attempt): void {
  const isMove = after.team_id !== before.team_id;
  if (isMove || (relation.isOwner && before.organization_id === null)) return;
  throw adminsOnlyUpdate(call, `organization_id=${after.organization_id ?? 'None'}`);
}

/** A shorter budget period spends the same budget more often, so it counts as more money. */
function assertMoneyUntouched({ call, before, after, relation }: Attempt): void {
  if (relation.administers) return;
  const touched =
    after.max_budget_nano_usd !== before.max_budget_nano_usd ||
    after.soft_budget_nano_usd !== before.soft_budget_nano_usd ||
    after.budget_duration !== before.budget_duration ||
    after.model_max_budget !== before.model_max_budget ||
    after.budget_limits !== before.budget_limits ||
    call.sentFields.has('spend') ||
    after.temp_budget_increase_nano_usd !== before.temp_budget_increase_nano_usd ||
    after.temp_budget_expires_at !== before.temp_budget_expires_at;
  if (touched) throw adminsOnlyUpdate(call, 'max_budget/spend');
  if (after.blocked_at !== before.blocked_at) throw adminsOnlyUpdate(call, 'blocked');
}

async function assertWithinLimits(tx: Kysely<Database>, { parts, after, before }: Attempt): Promise<void> {
  if (after.team_id !== null) {
    const team = await tx.selectFrom('teams').selectAll().where('team_id', '=', after.team_id).executeTakeFirst();
    // Only what changes is compared: an older key beyond a newer limit may still be renamed.
    if (!team) return;
    assertWithinTeam(parts, team, changedLimits(after, before), changedBudget(after, before));
    if (after.expires_at !== before.expires_at) assertLifetimeInTeam(team, after.expires_at, parts.now());
    return;
  }
  if (after.models === before.models) return;
  const owner = await tx
    .selectFrom('users')
    .select('models')
    .where('user_id', '=', after.user_id ?? '')
    .executeTakeFirst();
  assertModelsOfUser(
    after.user_id,
    JSON.parse(owner?.models ?? '[]') as string[],
    JSON.parse(after.models) as string[],
  );
}

function changedLimits(after: KeyTable, before: KeyTable) {
  return {
    models: after.models === before.models ? [] : (JSON.parse(after.models) as string[]),
    tpm_limit: after.tpm_limit === before.tpm_limit ? null : after.tpm_limit,
    rpm_limit: after.rpm_limit === before.rpm_limit ? null : after.rpm_limit,
  };
}

function changedBudget(after: KeyTable, before: KeyTable): number | null {
  return after.max_budget_nano_usd === before.max_budget_nano_usd ? null : after.max_budget_nano_usd;
}

/**
 * A key may enter a team that may use its models and limits, has its owner as a member, and lets the caller in. For
 * the two teams a move is what deleting the key there and creating it here would be.
 */
async function assertMayMove(tx: Kysely<Database>, attempt: Attempt): Promise<void> {
  const { call, after, relation } = attempt;
  if (after.team_id === null) {
    if (!relation.everything) throw adminsOnlyUpdate(call, 'team_id=null');
    return;
  }
  const rights = await loadTeamRights(tx, after.team_id, ownUserId(call.principal));
  if (!rights)
    throw refuse(404, `Team not found, passed team_id=${after.team_id}. See /team/list for the teams that exist.`);
  if (!relation.everything) assertMayMoveInto(attempt, rights);
  assertWithinTeam(
    attempt.parts,
    rights.team,
    { models: JSON.parse(after.models) as string[], tpm_limit: after.tpm_limit, rpm_limit: after.rpm_limit },
    after.max_budget_nano_usd,
  );
  const owner = after.user_id === null ? null : await loadTeamRights(tx, after.team_id, after.user_id);
  if (owner && owner.role === null) {
    throw refuse(
      403,
      `User=${after.user_id} is not a member of the team=${after.team_id}. Members are ${asList(await memberIds(tx, after.team_id))}. Add the owner with /team/member_add first.`,
    );
  }
}

function assertMayMoveInto({ parts, call, before, after, relation }: Attempt, rights: TeamRights): void {
  const userId = ownUserId(call.principal);
  const { team_id } = rights.team;
  if (rights.role === null) throw refuse(403, `User=${userId} not assigned to team=${team_id}`);
  if (!mayUseRoute(rights, route)) throw memberNotPermitted(route, team_id, rights.memberPermissions);
  assertLifetimeInTeam(rights.team, after.expires_at, parts.now());
  assertTeamLetsCreate(parts.settings, creatorOf(call.access), rights, '/key/generate');
  if (relation.isOwner || (relation.administers && rights.role === 'admin')) return;
  throw refuse(
    403,
    `key=${before.key_name} is not your own, so only who administers both team=${before.team_id} and team=${team_id} may move it.`,
  );
}

async function memberIds(tx: Kysely<Database>, teamId: string): Promise<string[]> {
  const members = await tx
    .selectFrom('team_members')
    .select('user_id')
    .where('team_id', '=', teamId)
    .limit(20)
    .execute();
  return members.map((member) => member.user_id);
}

function adminsOnlyUpdate(call: Call, field: string): ApiError {
  return refuse(
    403,
    `Only proxy admins, team admins, or org admins can call ${route} (${field}). user_role=${call.principal.role}, user_id=${call.principal.userId}`,
  );
}

/** A refusal in the words of this endpoint: its errors are of type `auth_error`. */
function refuse(status: number, message: string): ApiError {
  return new ApiError(status, message, { type: 'auth_error', param: 'None' });
}
