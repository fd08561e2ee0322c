import { ApiError } from '../../http/api-error.ts';
import { modelsBeyond } from './key-rules.ts';
import type { KeyTable } from './keys.table.ts';

/**
 * Holds a key to the limits that somebody else gave it: its owner may rename and narrow it. What an owner made
 * alone is theirs to widen again (contract 2.5, `/key/update`).
 * @throws ApiError 403 that names the fields.
 */
export function assertNotWidened(before: KeyTable, after: KeyTable): void {
  const widened = Object.entries(widerIf).filter(([, isWider]) => isWider(before, after));
  if (widened.length === 0) return;
  throw new ApiError(
    403,
    `This key was made for you by somebody else: you can rename it and narrow its limits, and not widen them. Wider would be: ${widened.map(([field]) => field).join(', ')}. Ask an admin, or create a key of your own.`,
    { type: 'auth_error', param: 'None' },
  );
}

const widerIf: Readonly<Record<string, (before: KeyTable, after: KeyTable) => boolean>> = {
  models: (before, after) => isWiderList(before.models, after.models, modelsBeyondList),
  tpm_limit: (before, after) => isMore(before.tpm_limit, after.tpm_limit),
  rpm_limit: (before, after) => isMore(before.rpm_limit, after.rpm_limit),
  max_parallel_requests: (before, after) => isMore(before.max_parallel_requests, after.max_parallel_requests),
  model_rpm_limit: (before, after) => isMoreForAModel(before.model_rpm_limit, after.model_rpm_limit),
  model_tpm_limit: (before, after) => isMoreForAModel(before.model_tpm_limit, after.model_tpm_limit),
  duration: (before, after) => isMore(before.expires_at, after.expires_at),
  allowed_ips: (before, after) => isWiderList(before.allowed_ips, after.allowed_ips, entriesBeyond),
  allowed_cache_controls: (before, after) =>
    isWiderList(before.allowed_cache_controls, after.allowed_cache_controls, entriesBeyond),
  rotation_interval: (before, after) => isMore(before.rotate_at, after.rotate_at),
};

/** Null is no limit at all. */
function isMore(before: number | null, after: number | null): boolean {
  return before !== null && (after === null || after > before);
}

/** Limits by model, as stored. */
function isMoreForAModel(before: string, after: string): boolean {
  const has = JSON.parse(after) as Record<string, number>;
  return Object.entries(JSON.parse(before) as Record<string, number>).some(([model, limit]) =>
    isMore(limit, Object.hasOwn(has, model) ? (has[model] ?? null) : null),
  );
}

/** Lists as stored; an empty one is no limit at all. */
function isWiderList(
  before: string,
  after: string,
  beyond: (entries: readonly string[], covering: readonly string[]) => readonly string[],
): boolean {
  const had = JSON.parse(before) as string[];
  const has = JSON.parse(after) as string[];
  return had.length > 0 && (has.length === 0 || beyond(has, had).length > 0);
}

/** `all-team-models` takes the place of a list, whatever that says. */
function modelsBeyondList(models: readonly string[], covering: readonly string[]): string[] {
  if (covering.includes('all-team-models')) return [];
  return models.includes('all-team-models') ? ['all-team-models'] : modelsBeyond(models, covering);
}

function entriesBeyond(entries: readonly string[], covering: readonly string[]): string[] {
  return entries.filter((entry) => !covering.includes(entry));
}
