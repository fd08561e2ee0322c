import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import { reachOf, reachOfRole } from '../../access/permissions.contract.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { optionalNanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import {
  assertMayCreatePersonal,
  assertTeamLetsCreate,
  type CreationRoute,
  type Creator,
  creatorOf,
  keyTypesFor,
  requiredParams,
} from './creation-rules.ts';
import { aliasesOf, loadOwnLimits } from './key-limits.ts';
import type { createOptions as endpoint } from './key-options.contract.ts';
import { modelsBeyond } from './key-rules.ts';
import type { TeamRights } from './team-rights.ts';
import { listTeamsToCreateIn } from './teams-to-create-in.ts';

/** What the caller may create. */
export type CreateOptions = z.infer<(typeof endpoint)['result']>;

/**
 * What keys the caller may create, and within which limits: answered by the very rules that `/key/generate` and
 * `/key/service-account/generate` refuse by.
 */
export async function getCreateOptions(
  parts: Parts,
  call: Call,
  query: { search?: string | undefined },
): Promise<CreateOptions> {
  const { settings } = parts;
  const { db } = parts.storage;
  const reach = reachOf(call.principal, 'key:create');
  const roleReach = reachOfRole(call.principal.role, 'key:create');
  const creator = creatorOf({ principal: call.principal, reach, roleReach });
  const mayCreate = reach !== 'none';
  const teams = mayCreate
    ? await listTeamsToCreateIn(db, creator.everything ? null : (creator.userId ?? ''), query.search?.trim() || null)
    : [];
  return {
    personal: await personalOptions(db, parts, creator, mayCreate),
    teams: teams.map((rights) => teamOptions(parts, creator, rights)),
    may_choose_owner: creator.everything,
    may_choose_routes_and_permissions: creator.everything,
    key_types: mayCreate ? [...keyTypesFor(creator)] : [],
    upper_bounds: { ...settings.keyGeneration.upperBounds },
    defaults: {
      ...settings.keyGeneration.defaults,
      models: settings.keyGeneration.defaults.models ? [...settings.keyGeneration.defaults.models] : undefined,
    },
  };
}

async function personalOptions(
  db: Kysely<Database>,
  { settings, modelNames }: Parts,
  creator: Creator,
  mayCreate: boolean,
): Promise<CreateOptions['personal']> {
  const limits = creator.everything ? { models: [], maxBudgetNanoUsd: null } : await loadOwnLimits(db, creator.userId);
  const reason = mayCreate
    ? reasonOf(() => assertMayCreatePersonal(settings, creator, null))
    : `Your role=${creator.role} cannot create keys. Ask an admin for one.`;
  return {
    allowed: reason === null && limits !== null,
    reason: reason ?? (limits === null ? `User=${creator.userId} has no account any more.` : null),
    models: modelsWithin(modelNames(), limits?.models ?? []),
    max_budget: optionalNanoUsdToUsd(limits?.maxBudgetNanoUsd ?? null),
    required_params: [...requiredParams(settings, null)],
  };
}

function teamOptions(
  { settings, modelNames, modelNamesOfTeam }: Parts,
  creator: Creator,
  rights: TeamRights,
): CreateOptions['teams'][number] {
  const { team } = rights;
  const scope = (route: CreationRoute) => {
    const reason = reasonOf(() => assertTeamLetsCreate(settings, creator, rights, route));
    return { allowed: reason === null, reason };
  };
  return {
    team_id: team.team_id,
    team_alias: team.team_alias,
    ...scope('/key/generate'),
    service_account: scope('/key/service-account/generate'),
    models: [
      ...new Set([
        ...modelsWithin(modelNames(), JSON.parse(team.models) as string[]),
        ...modelNamesOfTeam(team.team_id),
        ...aliasesOf(team),
      ]),
    ],
    max_budget: creator.everything ? null : optionalNanoUsdToUsd(team.max_budget_nano_usd),
    tpm_limit: creator.everything ? null : team.tpm_limit,
    rpm_limit: creator.everything ? null : team.rpm_limit,
    duration: creator.everything ? null : team.member_key_duration,
    required_params: [...requiredParams(settings, team.team_id)],
  };
}

function modelsWithin(names: readonly string[], covering: readonly string[]): string[] {
  const beyond = new Set(modelsBeyond(names, covering));
  return names.filter((name) => !beyond.has(name));
}

/** Why a rule refuses; null when it does not. */
function reasonOf(rule: () => void): string | null {
  try {
    rule();
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}
