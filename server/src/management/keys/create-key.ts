import type { Kysely } from 'kysely';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import { firstBudgetResetAt } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { readAllowedAddresses } from './allowed-addresses.ts';
import { describeKey } from './delete-key-rows.ts';
import { insertKey } from './insert-key.ts';
import {
  checkChosenSecret,
  modelsBeyond,
  readAlias,
  readAmount,
  readExpiry,
  readRotation,
  refuseKey,
  reservedTeamId,
  routesFor,
} from './key-rules.ts';
import type { NewKeyInput } from './keys.contract.ts';
import { ownUserId } from './keys.store.ts';
import { type PresentedNewKey, presentNewKey } from './present-key.ts';
import { loadTeamRights, mayUseRoute, memberNotPermitted, type TeamRights } from './team-rights.ts';
import { asFloat, asList } from './write-python.ts';

const route = '/key/generate';

/**
 * Creates a key. Admins create for anybody; everybody else for themselves, personal keys within their own budget
 * and models, team keys within the team's.
 * @throws ApiError 400, 401 or 403 in the contract's words.
 */
export async function createKey(parts: Parts, call: Call, input: NewKeyInput): Promise<PresentedNewKey> {
  const { secret, row } = await parts.changes.change(call.context, async (tx) => {
    const created = await createKeyRow(tx, parts, call, input);
    return {
      result: created,
      audit: { action: 'created', object: { type: 'key', id: created.row.key_hash }, after: describeKey(created.row) },
    };
  });
  return presentNewKey(secret, row, input.duration ?? null);
}

async function createKeyRow(tx: Kysely<Database>, parts: Parts, call: Call, input: NewKeyInput) {
  const now = parts.now();
  const maxBudgetNanoUsd = readAmount('max_budget', input.max_budget);
  const softBudgetNanoUsd = readAmount('soft_budget', input.soft_budget);
  const spendNanoUsd = readAmount('spend', input.spend) ?? 0;
  const keyType = input.key_type ?? 'default';
  const rotation = readRotation(input.auto_rotate, input.rotation_interval, now);
  const teamId = input.team_id || null;
  if (input.key) checkChosenSecret(input.key, parts.settings.masterKey);
  if (teamId === reservedTeamId)
    throw refuseKey(400, `team_id '${reservedTeamId}' is reserved. Choose a team from /team/list.`);
  const userId = call.access.reach === 'all' ? ownerByAdmin(call, input) : ownUserId(call.principal);
  if (call.access.reach !== 'all') {
    const rights = teamId === null ? null : await assertMayCreateInTeam(tx, teamId, userId);
    assertOwner(input, userId);
    assertAdminFields(input);
    if (rights) assertWithinTeam(rights.team, input, maxBudgetNanoUsd);
    else await assertWithinUser(tx, userId, input, maxBudgetNanoUsd);
  }
  return insertKey(tx, {
    secret: input.key || null,
    keyAlias: readAlias(input.key_alias),
    userId,
    teamId,
    models: input.models ?? [],
    aliases: input.aliases ?? {},
    metadata: input.metadata ?? {},
    tags: input.tags ?? [],
    allowedRoutes: routesFor(keyType, input.allowed_routes),
    permissions: input.permissions ?? {},
    allowedIps: readAllowedAddresses(input.allowed_ips),
    rotationInterval: rotation.rotation_interval,
    rotateAt: rotation.rotate_at,
    allowedCacheControls: input.allowed_cache_controls ?? [],
    keyType,
    maxBudgetNanoUsd,
    softBudgetNanoUsd,
    budgetDuration: input.budget_duration || null,
    budgetResetAt: firstBudgetResetAt(parts, input.budget_duration || null),
    spendNanoUsd,
    tpmLimit: input.tpm_limit ?? null,
    rpmLimit: input.rpm_limit ?? null,
    maxParallelRequests: input.max_parallel_requests ?? null,
    expiresAt: readExpiry(input.duration, now),
    blockedAt: input.blocked === true ? now : null,
    createdBy: call.principal.userId ?? '',
    createdAt: now,
  });
}

/**
 * Admins name any owner, whether or not a user has that id. A signed-in admin who says nothing makes a key of
 * their own; with `user_id: null`, and with a key as the credential, it belongs to nobody.
 */
function ownerByAdmin(call: Call, input: NewKeyInput): string | null {
  if (input.user_id) return input.user_id;
  return call.principal.kind === 'session' && !call.sentFields.has('user_id') ? call.principal.userId : null;
}

async function assertMayCreateInTeam(tx: Kysely<Database>, teamId: string, userId: string | null): Promise<TeamRights> {
  const rights = await loadTeamRights(tx, teamId, userId);
  if (!rights) throw refuseKey(400, `Unable to find team object in database. Team ID: ${teamId}`);
  if (rights.role === null) throw refuseKey(400, `User=${userId} not assigned to team=${teamId}`);
  if (!mayUseRoute(rights, route)) throw memberNotPermitted(route, teamId, rights.memberPermissions);
  return rights;
}

function assertOwner(input: NewKeyInput, userId: string | null): void {
  if (!input.user_id || input.user_id === userId) return;
  throw refuseKey(403, `User can only create keys for themselves. Got user_id=${input.user_id}, Your ID=${userId}`);
}

function assertAdminFields(input: NewKeyInput): void {
  if (input.allowed_routes && input.allowed_routes.length > 0) {
    throw refuseKey(
      403,
      'Only proxy admins can set allowed_routes on a key. Choose key_type llm_api or read_only instead.',
    );
  }
  if (input.permissions && Object.keys(input.permissions).length > 0) {
    throw refuseKey(403, 'Only proxy admins can set permissions on a key. Leave permissions out.');
  }
  if (input.spend) {
    throw refuseKey(403, 'Only proxy admins can set the spend of a key. Leave spend out: a new key starts at 0.');
  }
  if (input.key_type === 'management') {
    throw refuseKey(
      403,
      'Only proxy admins can create keys of key_type management. Choose default, llm_api or read_only.',
    );
  }
}

/** Limits of a team's key, for everybody but admins of the gateway. */
export function assertWithinTeam(
  team: TeamRights['team'],
  limits: Pick<NewKeyInput, 'models' | 'tpm_limit' | 'rpm_limit'>,
  maxBudgetNanoUsd: number | null,
): void {
  const teamModels = JSON.parse(team.models) as string[];
  const beyond = modelsBeyond(limits.models ?? [], teamModels);
  if (beyond.length > 0) {
    throw refuseKey(
      403,
      `Key cannot list models=${asList(beyond)}: team=${team.team_id} can only access models=${asList(teamModels)}. List some of these, or none to inherit them.`,
    );
  }
  if (maxBudgetNanoUsd !== null && team.max_budget_nano_usd !== null && maxBudgetNanoUsd > team.max_budget_nano_usd) {
    throw refuseKey(
      403,
      `max_budget (${asFloat(nanoUsdToUsd(maxBudgetNanoUsd))}) cannot exceed the max_budget (${asFloat(nanoUsdToUsd(team.max_budget_nano_usd))}) of team=${team.team_id}.`,
    );
  }
  for (const name of ['tpm_limit', 'rpm_limit'] as const) {
    const wanted = limits[name];
    const most = team[name];
    if (typeof wanted === 'number' && most !== null && wanted > most) {
      throw refuseKey(403, `${name} (${wanted}) cannot exceed the ${name} (${most}) of team=${team.team_id}.`);
    }
  }
}

async function assertWithinUser(
  tx: Kysely<Database>,
  userId: string | null,
  input: NewKeyInput,
  maxBudgetNanoUsd: number | null,
): Promise<void> {
  const user = await tx
    .selectFrom('users')
    .select(['max_budget_nano_usd', 'models'])
    .where('user_id', '=', userId ?? '')
    .executeTakeFirst();
  if (!user) throw refuseKey(403, `User=${userId} has no account any more. Ask an admin to add it again.`);
  assertModelsOfUser(userId, JSON.parse(user.models) as string[], input.models ?? []);
  if (maxBudgetNanoUsd !== null && user.max_budget_nano_usd !== null && maxBudgetNanoUsd > user.max_budget_nano_usd) {
    throw refuseKey(
      400,
      `max_budget (${asFloat(nanoUsdToUsd(maxBudgetNanoUsd))}) cannot exceed the caller's own max_budget (${asFloat(nanoUsdToUsd(user.max_budget_nano_usd))}).`,
    );
  }
}

/** 403 when a personal key lists models that its owner may not use. */
export function assertModelsOfUser(
  userId: string | null,
  userModels: readonly string[],
  models: readonly string[],
): void {
  const beyond = modelsBeyond(models, userModels);
  if (beyond.length === 0) return;
  throw refuseKey(
    403,
    `Key cannot list models=${asList(beyond)}: user=${userId} can only access models=${asList(userModels)}. List some of these, or none to inherit them.`,
  );
}
