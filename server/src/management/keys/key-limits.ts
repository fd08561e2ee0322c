import type { Kysely } from 'kysely';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { modelsBeyond, refuseKey } from './key-rules.ts';
import type { NewKeyInput } from './keys.contract.ts';
import type { TeamRights } from './team-rights.ts';
import { asFloat, asList } from './write-python.ts';

/** Limits of a team's key, for everybody but admins of the gateway. @throws ApiError 403. */
export function assertWithinTeam(
  { modelNamesOfTeam }: Pick<Parts, 'modelNamesOfTeam'>,
  team: TeamRights['team'],
  limits: Pick<NewKeyInput, 'models' | 'tpm_limit' | 'rpm_limit'>,
  maxBudgetNanoUsd: number | null,
): void {
  const teamModels = JSON.parse(team.models) as string[];
  const own = [...modelNamesOfTeam(team.team_id), ...aliasesOf(team)];
  const beyond = modelsBeyond(limits.models ?? [], teamModels).filter((name) => !own.includes(name));
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

/** The names that a team gives models. */
export function aliasesOf(team: Pick<TeamRights['team'], 'model_aliases'>): string[] {
  return Object.keys(JSON.parse(team.model_aliases) as Record<string, string>);
}

/** What bounds the personal keys of a user; null when the account is gone. */
export async function loadOwnLimits(
  tx: Kysely<Database>,
  userId: string | null,
): Promise<{ models: string[]; maxBudgetNanoUsd: number | null } | null> {
  const user = await tx
    .selectFrom('users')
    .select(['max_budget_nano_usd', 'models'])
    .where('user_id', '=', userId ?? '')
    .executeTakeFirst();
  return user ? { models: JSON.parse(user.models) as string[], maxBudgetNanoUsd: user.max_budget_nano_usd } : null;
}

/** Limits of a personal key, for everybody but admins of the gateway. @throws ApiError 400 or 403. */
export async function assertWithinUser(
  tx: Kysely<Database>,
  userId: string | null,
  input: Pick<NewKeyInput, 'models'>,
  maxBudgetNanoUsd: number | null,
): Promise<void> {
  const limits = await loadOwnLimits(tx, userId);
  if (!limits) throw refuseKey(403, `User=${userId} has no account any more. Ask an admin to add it again.`);
  assertModelsOfUser(userId, limits.models, input.models ?? []);
  if (maxBudgetNanoUsd !== null && limits.maxBudgetNanoUsd !== null && maxBudgetNanoUsd > limits.maxBudgetNanoUsd) {
    throw refuseKey(
      400,
      `max_budget (${asFloat(nanoUsdToUsd(maxBudgetNanoUsd))}) cannot exceed the caller's own max_budget (${asFloat(nanoUsdToUsd(limits.maxBudgetNanoUsd))}).`,
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
