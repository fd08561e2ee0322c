import type { Kysely } from 'kysely';
import type { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { MailOutcome } from '../../mail/create-mail.ts';
import type { Database } from '../../storage/database.ts';
import { firstBudgetResetAt, readBudgetId, readDetailedLimits } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { readAllowedAddresses } from './allowed-addresses.ts';
import {
  assertAdminFields,
  assertMayCreateInTeam,
  assertMayCreatePersonal,
  assertRequiredParams,
  type CreationRoute,
  creatorOf,
} from './creation-rules.ts';
import { describeKey } from './delete-key-rows.ts';
import { insertKey } from './insert-key.ts';
import { withDefaults, withinBounds } from './key-bounds.ts';
import { assertWithinTeam, assertWithinUser } from './key-limits.ts';
import { loadTeamOrganization, readKeyOrganization } from './key-organization.ts';
import {
  checkChosenSecret,
  readAlias,
  readAmount,
  readExpiry,
  readRotation,
  refuseKey,
  reservedTeamId,
  routesFor,
} from './key-rules.ts';
import type { NewKeyInput } from './keys.contract.ts';
import { mailCreatedKey } from './mail-key.ts';
import { durationInTeam } from './member-key-lifetime.ts';
import { type PresentedNewKey, presentNewKey } from './present-key.ts';
import type { TeamRights } from './team-rights.ts';

/** A new key, and what became of the mail that was to tell its owner. */
type CreatedKey = PresentedNewKey & { readonly key_email?: MailOutcome };

/**
 * Creates a key. Admins create for anybody; everybody else for themselves, personal keys within their own budget
 * and models, team keys within the team's.
 * @throws ApiError 400, 401 or 403 in the contract's words.
 */
export async function createKey(parts: Parts, call: Call, input: NewKeyInput): Promise<CreatedKey> {
  if (input.metadata?.['service_account_id'] && !input.team_id) throw teamIsRequired();
  return create(parts, call, input, '/key/generate');
}

/**
 * Creates a key that belongs to a team and to no person, for a service that the team runs.
 * @throws ApiError 400, 401 or 403 in the contract's words.
 */
export async function createServiceAccountKey(parts: Parts, call: Call, input: NewKeyInput): Promise<CreatedKey> {
  const teamId = input.team_id || parts.settings.keyGeneration.defaults.team_id;
  if (!teamId) throw teamIsRequired();
  const team = await parts.storage.db
    .selectFrom('teams')
    .select('team_id')
    .where('team_id', '=', teamId)
    .executeTakeFirst();
  if (!team) {
    throw refuseKey(400, 'team_id does not exist in the database. Please provide a valid team_id; see /team/list.');
  }
  const name = input.metadata?.['service_account_id'] ?? readAlias(input.key_alias);
  const metadata = { ...input.metadata, ...(name === null ? {} : { service_account_id: name }) };
  return create(parts, call, { ...input, team_id: teamId, metadata }, '/key/service-account/generate');
}

async function create(parts: Parts, call: Call, input: NewKeyInput, route: CreationRoute): Promise<CreatedKey> {
  const { secret, row, duration, email } = await parts.changes.change(call.context, async (tx) => {
    const created = await createKeyRow(tx, parts, call, input, route);
    const sends = input.send_invite_email === true;
    const email = await mailCreatedKey(tx, parts, { ...created, baseUrl: call.baseUrl, sends });
    return {
      result: { ...created, email },
      audit: { action: 'created', object: { type: 'key', id: created.row.key_hash }, after: describeKey(created.row) },
    };
  });
  const presented = presentNewKey(secret, row, duration);
  return email === null ? presented : { ...presented, key_email: email };
}

async function createKeyRow(tx: Kysely<Database>, parts: Parts, call: Call, sent: NewKeyInput, route: CreationRoute) {
  const { settings } = parts;
  const { defaults, upperBounds } = settings.keyGeneration;
  const now = parts.now();
  readAmount('max_budget', sent.max_budget);
  const softBudgetNanoUsd = readAmount('soft_budget', sent.soft_budget);
  const spendNanoUsd = readAmount('spend', sent.spend) ?? 0;
  const keyType = sent.key_type ?? 'default';
  const rotation = readRotation(sent.auto_rotate, sent.rotation_interval, now);
  const teamId = sent.team_id || (call.sentFields.has('team_id') ? null : (defaults.team_id ?? null));
  if (sent.key) checkChosenSecret(sent.key, settings.masterKey);
  if (teamId === reservedTeamId)
    throw refuseKey(400, `team_id '${reservedTeamId}' is reserved. Choose a team from /team/list.`);
  const { userId, team } = await assertMayCreate(tx, parts, call, { sent, teamId, route });
  assertRequiredParams(settings, teamId, sent);
  const bounded = withinBounds(withDefaults(sent, defaults), upperBounds, now);
  const input = team === null ? bounded : { ...bounded, duration: durationInTeam(team, bounded.duration, now) };
  const maxBudgetNanoUsd = readAmount('max_budget', input.max_budget);
  const limits = {
    models: input.models ?? [],
    maxBudgetNanoUsd,
    tpmLimit: input.tpm_limit ?? null,
    rpmLimit: input.rpm_limit ?? null,
  };
  const organizationId = await readKeyOrganization(
    tx,
    { teamId, organizationId: sent.organization_id || null, limits },
    call.access.reach === 'all' ? 'admin' : { userId },
  );
  const created = await insertKey(tx, {
    secret: input.key || null,
    keyAlias: readAlias(input.key_alias),
    userId: route === '/key/service-account/generate' ? null : userId,
    teamId,
    organizationId,
    ...limits,
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
    softBudgetNanoUsd,
    budgetDuration: input.budget_duration || null,
    budgetResetAt: firstBudgetResetAt(parts, input.budget_duration || null),
    budgetId: await readBudgetId(tx, input.budget_id),
    spendNanoUsd,
    maxParallelRequests: input.max_parallel_requests ?? null,
    estimatedOutputTokens: input.default_estimated_output_tokens ?? null,
    detailedLimits: readDetailedLimits(parts, input),
    expiresAt: readExpiry(input.duration, now),
    blockedAt: input.blocked === true ? now : null,
    createdBy: call.principal.userId ?? '',
    createdAt: now,
  });
  const team_organization_id = await loadTeamOrganization(tx, teamId);
  return { secret: created.secret, row: { ...created.row, team_organization_id }, duration: input.duration ?? null };
}

/** Refuses what the caller may not create. @returns the key's owner, and the team by whose rules it is made. */
async function assertMayCreate(
  tx: Kysely<Database>,
  parts: Parts,
  call: Call,
  wanted: { sent: NewKeyInput; teamId: string | null; route: CreationRoute },
): Promise<{ userId: string | null; team: TeamRights['team'] | null }> {
  const { settings } = parts;
  const { sent, teamId, route } = wanted;
  const creator = creatorOf(call.access);
  if (creator.everything) {
    return { userId: ownerByAdmin(call, sent) ?? settings.keyGeneration.defaults.user_id ?? null, team: null };
  }
  const { userId } = creator;
  const maxBudgetNanoUsd = readAmount('max_budget', sent.max_budget);
  const rights = teamId === null ? null : await assertMayCreateInTeam(tx, settings, creator, teamId, route);
  if (rights === null) assertMayCreatePersonal(settings, creator, sent.organization_id || null);
  assertOwner(sent, userId);
  assertAdminFields(sent, creator);
  if (rights) assertWithinTeam(parts, rights.team, sent, maxBudgetNanoUsd);
  else await assertWithinUser(tx, userId, sent, maxBudgetNanoUsd);
  return { userId, team: rights?.team ?? null };
}

/**
 * Admins name any owner, whether or not a user has that id. A signed-in admin who says nothing makes a key of
 * their own; with `user_id: null`, and with a key as the credential, it belongs to nobody.
 */
function ownerByAdmin(call: Call, input: NewKeyInput): string | null {
  if (input.user_id) return input.user_id;
  return call.principal.kind === 'session' && !call.sentFields.has('user_id') ? call.principal.userId : null;
}

function assertOwner(input: NewKeyInput, userId: string | null): void {
  if (!input.user_id || input.user_id === userId) return;
  throw refuseKey(403, `User can only create keys for themselves. Got user_id=${input.user_id}, Your ID=${userId}`);
}

function teamIsRequired(): ApiError {
  return refuseKey(400, 'team_id is required for service account keys. Please specify `team_id` in the request body.');
}
