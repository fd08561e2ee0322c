import { firstBudgetResetAt, readDetailedLimits } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { readAllowedAddresses } from './allowed-addresses.ts';
import { assertLimitsStay, assertWithinBounds } from './key-bounds.ts';
import { readAlias, readAmount, readExpiry, readRotation, refuseKey, reservedTeamId } from './key-rules.ts';
import type { KeyPatch } from './keys.contract.ts';
import type { KeyTable } from './keys.table.ts';

/**
 * Turns a merge patch into columns. A field that was not sent stays; null takes a limit away and empties a list.
 * `duration` counts from now, `-1` means never, null and an empty text leave the end as it is.
 * @param sentFields tells null from absent.
 * @throws ApiError 400 for values that cannot be stored.
 */
export function readPatch(
  parts: Parts,
  input: Omit<KeyPatch, 'key'>,
  sentFields: ReadonlySet<string>,
  before: KeyTable,
): Partial<KeyTable> {
  const patch: Partial<KeyTable> = {};
  const { upperBounds } = parts.settings.keyGeneration;
  assertWithinBounds(input, upperBounds, parts.now());
  assertLimitsStay(before, input, sentFields, upperBounds);
  const sent = (name: keyof typeof input): boolean => sentFields.has(name);
  if (sent('key_alias')) patch.key_alias = readAlias(input.key_alias);
  if (sent('models')) patch.models = JSON.stringify(input.models ?? []);
  if (sent('aliases')) patch.aliases = JSON.stringify(input.aliases ?? {});
  if (sent('metadata')) patch.metadata = JSON.stringify(input.metadata ?? {});
  if (sent('tags')) patch.tags = JSON.stringify(input.tags ?? []);
  if (sent('allowed_routes')) patch.allowed_routes = JSON.stringify(input.allowed_routes ?? []);
  if (sent('permissions')) patch.permissions = JSON.stringify(input.permissions ?? {});
  if (sent('allowed_cache_controls')) patch.allowed_cache_controls = JSON.stringify(input.allowed_cache_controls ?? []);
  if (sent('user_id')) patch.user_id = input.user_id || null;
  if (sent('team_id')) patch.team_id = readTeamId(input.team_id);
  if (sent('max_budget')) patch.max_budget_nano_usd = readAmount('max_budget', input.max_budget);
  if (sent('soft_budget')) patch.soft_budget_nano_usd = readAmount('soft_budget', input.soft_budget);
  const spendNanoUsd = readAmount('spend', input.spend);
  if (spendNanoUsd !== null) patch.spend_nano_usd = spendNanoUsd;
  if (sent('tpm_limit')) patch.tpm_limit = input.tpm_limit ?? null;
  if (sent('rpm_limit')) patch.rpm_limit = input.rpm_limit ?? null;
  if (sent('max_parallel_requests')) patch.max_parallel_requests = input.max_parallel_requests ?? null;
  if (sent('default_estimated_output_tokens')) {
    patch.default_estimated_output_tokens = input.default_estimated_output_tokens ?? null;
  }
  Object.assign(patch, readDetailedLimits(parts, input));
  if (input.duration) patch.expires_at = readExpiry(input.duration, parts.now());
  if (sent('blocked')) patch.blocked_at = input.blocked ? (before.blocked_at ?? parts.now()) : null;
  if (sent('budget_duration') && (input.budget_duration || null) !== before.budget_duration) {
    patch.budget_duration = input.budget_duration || null;
    patch.budget_reset_at = firstBudgetResetAt(parts, patch.budget_duration);
  }
  if (sent('allowed_ips')) patch.allowed_ips = JSON.stringify(readAllowedAddresses(input.allowed_ips));
  if (sent('auto_rotate') || sent('rotation_interval')) {
    const rotates = sent('auto_rotate') ? input.auto_rotate === true : before.rotate_at !== null;
    const interval = (sent('rotation_interval') ? input.rotation_interval : before.rotation_interval) || null;
    // The clock that runs is not put back by sending what is so already.
    if (rotates !== (before.rotate_at !== null) || interval !== before.rotation_interval) {
      Object.assign(patch, readRotation(rotates, interval, parts.now()));
    }
  }
  if (sent('temp_budget_increase') || sent('temp_budget_expiry')) {
    Object.assign(patch, readTemporaryBudget(input.temp_budget_increase, input.temp_budget_expiry, parts.now()));
  }
  return patch;
}

/**
 * Reads a temporary increase of a budget: amount and end come together, and go together as null.
 * @throws ApiError 400.
 */
function readTemporaryBudget(
  increase: number | null | undefined,
  expiry: string | null | undefined,
  now: number,
): Pick<KeyTable, 'temp_budget_increase_nano_usd' | 'temp_budget_expires_at'> {
  const amount = readAmount('temp_budget_increase', increase);
  if (amount === null && !expiry) return { temp_budget_increase_nano_usd: null, temp_budget_expires_at: null };
  if (amount === null || !expiry) {
    throw refuseKey(400, 'temp_budget_increase and temp_budget_expiry belong together. Send both, or null for both.');
  }
  const endsAt = Date.parse(expiry);
  if (!Number.isFinite(endsAt) || endsAt <= now) {
    throw refuseKey(400, 'temp_budget_expiry must be an instant to come, such as 2030-12-31T00:00:00Z.');
  }
  return { temp_budget_increase_nano_usd: amount, temp_budget_expires_at: endsAt };
}

function readTeamId(teamId: string | null | undefined): string | null {
  if (teamId === reservedTeamId)
    throw refuseKey(400, `team_id '${reservedTeamId}' is reserved. Choose a team from /team/list.`);
  return teamId || null;
}
