import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { parseEmail } from '../../http/parse-email.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd, optionalUsdToNanoUsd, usdToNanoUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import { addDuration, firstBudgetResetAt } from '../budgets/index.ts';
import { insertKey } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { loadInternalUserDefaults } from '../settings/index.ts';
import { addMembers } from '../teams/index.ts';
import { describeUser } from './describe-user.ts';
import { type FilledUser, fillUserDefaults } from './fill-user-defaults.ts';
import { findUserConflict } from './user-conflict.ts';
import type { createUser as endpoint } from './users.contract.ts';
import type { UserTable } from './users.table.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;
type Result = z.infer<(typeof endpoint)['result']>;

/**
 * Adds a person, and by default a first key with the same limits. Person, key and memberships are one write: when
 * a part is refused (an unknown team, a key alias that is taken), nothing is kept.
 * @throws ApiError 400 for a malformed e-mail address or duration, 403 for an administrative role given by somebody
 * else than a proxy admin, 404 for an unknown team, 409 for an id or address that is taken, 422 for a password.
 */
export async function createUser(parts: Parts, call: Call, input: Input): Promise<Result> {
  if (call.sentFields.has('password')) throw passwordNotAccepted();
  checkAdministrativeRole(call, input.user_role);
  const filled = fillUserDefaults(input, await loadInternalUserDefaults(parts.storage.db, parts));
  const row = newUserRow(parts, call, input, filled);
  const teams = teamsToJoin(input, filled);
  try {
    return await parts.changes.change(call.context, async (tx) => {
      const conflict = await findUserConflict(tx, { userId: row.user_id, email: row.user_email });
      if (conflict) throw conflict;
      await tx.insertInto('users').values(row).execute();
      const audit: [AuditEntry, ...AuditEntry[]] = [
        { action: 'created', object: { type: 'user', id: row.user_id }, after: describeUser(row) },
      ];
      for (const team of teams) audit.push(...(await joinTeam(tx, parts, row, team)));
      const key = input.auto_create_key === false ? null : await createFirstKey(tx, parts, input, row);
      if (key) {
        const after = { key_name: key.row.key_name, user_id: row.user_id, team_id: key.row.team_id };
        audit.push({ action: 'created', object: { type: 'key', id: key.row.key_hash }, after });
      }
      const teamIds = teams.map((team) => team.teamId);
      return { result: presentNewUser(input, row, teamIds, key), audit };
    });
  } catch (error) {
    // Somebody took the id or the address between our look and our insert.
    if (!isUniqueViolation(error)) throw error;
    throw (await findUserConflict(parts.storage.db, { userId: row.user_id, email: row.user_email })) ?? error;
  }
}

function newUserRow(parts: Parts, call: Call, input: Input, filled: FilledUser): UserTable {
  const now = parts.now();
  const actor = call.principal.userId ?? '';
  return {
    user_id: input.user_id?.trim() || randomUUID(),
    user_email: parseEmail(input.user_email),
    user_alias: input.user_alias ?? null,
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
  const named = input.team_id ? [input.team_id] : input.teams?.length ? input.teams : filled.defaultTeamIds;
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

async function createFirstKey(tx: Transaction<Database>, parts: Parts, input: Input, user: UserTable) {
  return insertKey(tx, {
    keyAlias: input.key_alias ?? null,
    userId: user.user_id,
    teamId: input.team_id || null,
    models: JSON.parse(user.models) as string[],
    maxBudgetNanoUsd: user.max_budget_nano_usd,
    budgetDuration: user.budget_duration,
    budgetResetAt: user.budget_reset_at,
    tpmLimit: user.tpm_limit,
    rpmLimit: user.rpm_limit,
    maxParallelRequests: user.max_parallel_requests,
    expiresAt: input.duration ? addDuration(input.duration, parts.now()) : null,
    createdBy: user.created_by,
    createdAt: user.created_at,
  });
}

function presentNewUser(
  input: Input,
  user: UserTable,
  teamIds: string[],
  key: Awaited<ReturnType<typeof insertKey>> | null,
): Result {
  const createdAt = new Date(user.created_at).toISOString();
  const expiresAt = key?.row.expires_at ?? null;
  return {
    key: key?.secret ?? '',
    // LiteLLM leaves the hash out of this answer, unlike out of the one to /key/generate.
    token: null,
    token_id: null,
    key_name: key?.row.key_name ?? null,
    key_alias: key?.row.key_alias ?? null,
    duration: input.duration ?? null,
    expires: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    user_id: user.user_id,
    user_email: user.user_email,
    user_alias: user.user_alias,
    user_role: user.user_role,
    teams: teamIds.length === 0 ? null : teamIds,
    team_id: input.team_id || null,
    organization_id: null,
    models: JSON.parse(user.models) as string[],
    aliases: {},
    config: {},
    permissions: {},
    metadata: JSON.parse(user.metadata) as Record<string, unknown>,
    tags: null,
    guardrails: null,
    spend: nanoUsdToUsd(user.spend_nano_usd),
    max_budget: optionalNanoUsdToUsd(user.max_budget_nano_usd),
    soft_budget: null,
    budget_duration: user.budget_duration,
    budget_id: null,
    tpm_limit: user.tpm_limit,
    rpm_limit: user.rpm_limit,
    max_parallel_requests: user.max_parallel_requests,
    allowed_cache_controls: [],
    allowed_routes: [],
    model_max_budget: {},
    blocked: null,
    created_at: createdAt,
    created_by: user.created_by,
    updated_at: createdAt,
    updated_by: user.updated_by,
    litellm_budget_table: null,
  };
}

function checkAdministrativeRole({ principal }: Call, wanted: string | null | undefined): void {
  if (principal.role === 'proxy_admin') return;
  if (wanted !== 'proxy_admin' && wanted !== 'proxy_admin_viewer') return;
  throw new ApiError(
    403,
    `Only proxy admins can create administrative users (proxy_admin, proxy_admin_viewer). Attempted to create user with role: ${wanted}. Your role: ${principal.role}`,
    { type: 'internal_server_error', param: 'None' },
  );
}

function passwordNotAccepted(): ApiError {
  const msg =
    'Nobody sets the password of another person. Create an invitation with /invitation/new and send them its link.';
  return new ApiError(422, msg, {
    type: 'validation_error',
    detail: [{ type: 'extra_forbidden', loc: ['body', 'password'], msg }],
  });
}
