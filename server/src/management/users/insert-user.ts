import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import type { Principal } from '../../access/principal.ts';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import { parseEmail } from '../../http/parse-email.ts';
import { optionalUsdToNanoUsd, usdToNanoUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import { addDuration, firstBudgetResetAt, noDetailedLimits, readDetailedLimits } from '../budgets/index.ts';
import { insertKey, readAlias, routesFor } from '../keys/index.ts';
import { assertOrganizationExists, joinOrganization } from '../organizations/join-organization.ts';
import type { Parts } from '../parts.ts';
import { loadInternalUserDefaults } from '../settings/index.ts';
import { addMembers } from '../teams/index.ts';
import { describeUser } from './describe-user.ts';
import { type FilledUser, fillUserDefaults } from './fill-user-defaults.ts';
import { assertMayAddUser } from './org-admin-rules.ts';
import { findUserConflict } from './user-conflict.ts';
import type { createUser } from './users.contract.ts';
import type { UserTable } from './users.table.ts';

type Input = z.infer<NonNullable<(typeof createUser)['input']>>;

/** A person who was added just now. */
export interface InsertedUser {
  readonly user: UserTable;
  readonly teamIds: readonly string[];
  readonly key: Awaited<ReturnType<typeof insertKey>> | null;
  readonly audit: [AuditEntry, ...AuditEntry[]];
}

/**
 * Adds a person with memberships, and by default a first key with the same limits, within a write.
 * @throws ApiError 400 for a malformed e-mail address or duration, 403 for an administrative role given by somebody
 * else than a proxy admin and for what an org admin may not give, 404 for an unknown team or organization, 409 for an id or address that is taken; a violation of
 * uniqueness when somebody takes one of the two at this moment.
 */
export async function insertUser(
  tx: Transaction<Database>,
  parts: Parts,
  principal: Principal,
  input: Input,
): Promise<InsertedUser> {
  checkAdministrativeRole(principal, input.user_role);
  checkPermissions(principal, input.permissions);
  const defaults = await loadInternalUserDefaults(tx, parts);
  const filled = fillUserDefaults(input, defaults);
  const organizationIds = organizationsToJoin(input);
  const user = newUserRow(parts, principal, input, filled, organizationIds[0] ?? null);
  const teams = teamsToJoin(input, filled);
  if (principal.role !== 'proxy_admin') {
    const teamIds = namesTeams(input) ? teams.map((team) => team.teamId) : [];
    await assertMayAddUser(tx, principal, { filled, organizationIds, teamIds, spend: input.spend ?? 0 }, defaults);
  }
  for (const id of organizationIds) await assertOrganizationExists(tx, id);
  const conflict = await findUserConflict(tx, { userId: user.user_id, email: user.user_email });
  if (conflict) throw conflict;
  await tx.insertInto('users').values(user).execute();
  const audit: [AuditEntry, ...AuditEntry[]] = [
    { action: 'created', object: { type: 'user', id: user.user_id }, after: describeUser(user) },
  ];
  for (const id of organizationIds) audit.push(...(await joinOrganizationAsUser(tx, parts, user, id)));
  for (const team of teams) audit.push(...(await joinTeam(tx, parts, user, team)));
  const key = input.auto_create_key === false ? null : await createFirstKey(tx, parts, principal, input, user);
  if (key) {
    const after = { key_name: key.row.key_name, user_id: user.user_id, team_id: key.row.team_id };
    audit.push({ action: 'created', object: { type: 'key', id: key.row.key_hash }, after });
  }
  return { user, teamIds: teams.map((team) => team.teamId), key, audit };
}

function newUserRow(
  parts: Parts,
  principal: Principal,
  input: Input,
  filled: FilledUser,
  organizationId: string | null,
): UserTable {
  const now = parts.now();
  const actor = principal.userId ?? '';
  return {
    user_id: input.user_id?.trim() || randomUUID(),
    user_email: parseEmail(input.user_email),
    email_chosen_at: null,
    user_alias: readAlias(input.user_alias, 'user_alias'),
    organization_id: organizationId,
    user_role: filled.role,
    password_hash: null,
    password_reset_required_at: null,
    disabled_at: null,
    models: JSON.stringify(filled.models),
    metadata: JSON.stringify(input.metadata ?? {}),
    max_budget_nano_usd: filled.maxBudgetNanoUsd,
    budget_duration: filled.budgetDuration,
    budget_reset_at: firstBudgetResetAt(parts, filled.budgetDuration),
    spend_nano_usd: usdToNanoUsd(input.spend ?? 0),
    tpm_limit: input.tpm_limit ?? null,
    rpm_limit: input.rpm_limit ?? null,
    max_parallel_requests: input.max_parallel_requests ?? null,
    ...noDetailedLimits,
    ...readDetailedLimits(parts, input),
    last_active_at: null,
    created_at: now,
    created_by: actor,
    updated_at: now,
    updated_by: actor,
  };
}

interface JoinedTeam {
  readonly teamId: string;
  readonly role: 'admin' | 'user';
  readonly maxBudgetNanoUsd: number | null;
}

/** `team_id` stands alone; else the teams of the request; else the default teams. A team named twice counts once. */
function teamsToJoin(input: Input, filled: FilledUser): JoinedTeam[] {
  const named = input.team_id ? [input.team_id] : namesTeams(input) ? (input.teams ?? []) : filled.defaultTeamIds;
  const teams = new Map<string, JoinedTeam>();
  for (const team of named) {
    const joined: JoinedTeam =
      typeof team === 'string'
        ? { teamId: team, role: 'user', maxBudgetNanoUsd: null }
        : {
            teamId: team.team_id,
            role: team.user_role ?? 'user',
            maxBudgetNanoUsd: optionalUsdToNanoUsd(team.max_budget_in_team),
          };
    teams.set(joined.teamId, joined);
  }
  return [...teams.values()];
}

function namesTeams(input: Input): boolean {
  return Boolean(input.team_id) || (input.teams ?? []).length > 0;
}

/** `organization_id` first: the account is made in the first one. */
function organizationsToJoin(input: Input): string[] {
  const named = [input.organization_id ?? '', ...(input.organizations ?? [])];
  return [...new Set(named.filter((id) => id !== ''))];
}

async function joinOrganizationAsUser(
  tx: Transaction<Database>,
  parts: Parts,
  user: UserTable,
  organizationId: string,
): Promise<readonly AuditEntry[]> {
  const member = { userId: user.user_id, userEmail: null, role: 'internal_user', maxBudgetNanoUsd: null } as const;
  return (await joinOrganization(tx, parts, user.created_by, organizationId, [member])).audit;
}

async function joinTeam(
  tx: Transaction<Database>,
  parts: Parts,
  user: UserTable,
  team: JoinedTeam,
): Promise<readonly AuditEntry[]> {
  const known = await tx.selectFrom('teams').select('team_id').where('team_id', '=', team.teamId).executeTakeFirst();
  if (!known) {
    throw new ApiError(
      404,
      `{'error': 'Team not found, passed team_id=${team.teamId}'}. The user was not created. Create the team first, or leave it out.`,
      { type: 'internal_server_error', param: 'None' },
    );
  }
  const member = {
    userId: user.user_id,
    userEmail: null,
    role: team.role,
    maxBudgetNanoUsd: team.maxBudgetNanoUsd,
    budgetDuration: null,
    budgetResetAt: null,
  };
  return (await addMembers(tx, parts, team.teamId, [member], user.created_by)).audit;
}

/**
 * Whoever adds a person sees the key, and who holds it acts as the person: one that an org admin sees calls models and
 * nothing else, whatever the person becomes later.
 */
async function createFirstKey(
  tx: Transaction<Database>,
  parts: Parts,
  principal: Principal,
  input: Input,
  user: UserTable,
) {
  const keyType = principal.role === 'proxy_admin' ? 'default' : 'llm_api';
  return insertKey(tx, {
    keyType,
    allowedRoutes: routesFor(keyType, null),
    keyAlias: readAlias(input.key_alias),
    userId: user.user_id,
    teamId: input.team_id || null,
    models: JSON.parse(user.models) as string[],
    maxBudgetNanoUsd: user.max_budget_nano_usd,
    budgetDuration: user.budget_duration,
    budgetResetAt: user.budget_reset_at,
    tpmLimit: user.tpm_limit,
    rpmLimit: user.rpm_limit,
    maxParallelRequests: user.max_parallel_requests,
    aliases: input.aliases ?? {},
    allowedCacheControls: input.allowed_cache_controls ?? [],
    permissions: input.permissions ?? {},
    blockedAt: input.blocked === true ? user.created_at : null,
    expiresAt: input.duration ? addDuration(input.duration, parts.now()) : null,
    createdBy: user.created_by,
    createdAt: user.created_at,
  });
}

function checkPermissions(principal: Principal, permissions: Input['permissions']): void {
  if (principal.role === 'proxy_admin' || Object.keys(permissions ?? {}).length === 0) return;
  throw new ApiError(403, 'Only proxy admins can set `permissions`. Leave it out.', {
    type: 'internal_server_error',
    param: 'permissions',
  });
}

function checkAdministrativeRole(principal: Principal, wanted: string | null | undefined): void {
  if (principal.role === 'proxy_admin') return;
  if (wanted !== 'proxy_admin' && wanted !== 'proxy_admin_viewer') return;
  throw new ApiError(
    403,
    `Only proxy admins can create administrative users (proxy_admin, proxy_admin_viewer). Attempted to create user with role: ${wanted}. Your role: ${principal.role}`,
    { type: 'internal_server_error', param: 'None' },
  );
}
