import type { Kysely } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import type { DetailedLimitColumns } from '../budgets/detailed-limits.table.ts';
import { noDetailedLimits } from '../budgets/index.ts';
import { generateSecret, hashSecret, nameOfSecret } from './key-secret.ts';
import type { KeyTable } from './keys.table.ts';

/** A key to be made. What is left out has no limit and no owner. Instants in epoch milliseconds. */
export interface NewKey {
  /** The secret the caller chose; absent or null: a random one. */
  readonly secret?: string | null;
  readonly keyAlias?: string | null;
  readonly userId?: string | null;
  readonly teamId?: string | null;
  /** Only for keys without a team. */
  readonly organizationId?: string | null;
  readonly models?: readonly string[];
  readonly aliases?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly string[];
  readonly allowedRoutes?: readonly string[];
  readonly permissions?: Readonly<Record<string, unknown>>;
  readonly allowedCacheControls?: readonly string[];
  readonly keyType?: string;
  readonly allowedIps?: readonly string[];
  readonly rotationInterval?: string | null;
  readonly rotateAt?: number | null;
  readonly maxBudgetNanoUsd?: number | null;
  readonly softBudgetNanoUsd?: number | null;
  readonly budgetDuration?: string | null;
  readonly budgetResetAt?: number | null;
  readonly budgetId?: string | null;
  readonly spendNanoUsd?: number;
  readonly tpmLimit?: number | null;
  readonly rpmLimit?: number | null;
  readonly maxParallelRequests?: number | null;
  readonly estimatedOutputTokens?: number | null;
  readonly detailedLimits?: Partial<DetailedLimitColumns>;
  readonly expiresAt?: number | null;
  readonly blockedAt?: number | null;
  readonly createdBy: string;
  readonly createdAt: number;
}

/**
 * Stores a key inside a write. The secret is returned once and not kept.
 * @throws ApiError 400 when the alias is taken or the chosen secret exists; the transaction must then end.
 */
export async function insertKey(tx: Kysely<Database>, key: NewKey): Promise<{ secret: string; row: KeyTable }> {
  const secret = key.secret ?? generateSecret();
  if (key.secret) await assertSecretIsNew(tx, hashSecret(key.secret));
  const row = keyRowOf(key, { hash: hashSecret(secret), name: nameOfSecret(secret) });
  try {
    await tx.insertInto('keys').values(row).execute();
  } catch (error) {
    throw asConflict(error, row.key_alias);
  }
  return { secret, row };
}

/** A key as it is stored, by the hash of its secret and what may be shown of it. */
export function keyRowOf(
  key: Omit<NewKey, 'secret'>,
  { hash, name }: { readonly hash: string; readonly name: string },
): KeyTable {
  return {
    key_hash: hash,
    key_name: name,
    key_alias: key.keyAlias || null,
    user_id: key.userId ?? null,
    team_id: key.teamId ?? null,
    organization_id: key.organizationId ?? null,
    models: JSON.stringify(key.models ?? []),
    aliases: JSON.stringify(key.aliases ?? {}),
    metadata: JSON.stringify(key.metadata ?? {}),
    tags: JSON.stringify(key.tags ?? []),
    allowed_routes: JSON.stringify(key.allowedRoutes ?? []),
    permissions: JSON.stringify(key.permissions ?? {}),
    allowed_cache_controls: JSON.stringify(key.allowedCacheControls ?? []),
    key_type: key.keyType ?? 'default',
    allowed_ips: JSON.stringify(key.allowedIps ?? []),
    max_budget_nano_usd: key.maxBudgetNanoUsd ?? null,
    soft_budget_nano_usd: key.softBudgetNanoUsd ?? null,
    budget_duration: key.budgetDuration ?? null,
    budget_reset_at: key.budgetResetAt ?? null,
    budget_id: key.budgetId ?? null,
    spend_nano_usd: key.spendNanoUsd ?? 0,
    temp_budget_increase_nano_usd: null,
    temp_budget_expires_at: null,
    tpm_limit: key.tpmLimit ?? null,
    rpm_limit: key.rpmLimit ?? null,
    max_parallel_requests: key.maxParallelRequests ?? null,
    default_estimated_output_tokens: key.estimatedOutputTokens ?? null,
    ...noDetailedLimits,
    ...key.detailedLimits,
    expires_at: key.expiresAt ?? null,
    blocked_at: key.blockedAt ?? null,
    last_used_at: null,
    rotation_interval: key.rotationInterval ?? null,
    rotate_at: key.rotateAt ?? null,
    rotation_count: 0,
    last_rotation_at: null,
    created_at: key.createdAt,
    created_by: key.createdBy,
    updated_at: key.createdAt,
    updated_by: key.createdBy,
    deleted_at: null,
    deleted_by: null,
  };
}

/**
 * Refuses a secret that some key had before it was replaced.
 * @throws ApiError 400.
 */
export async function assertSecretIsNew(tx: Kysely<Database>, keyHash: string): Promise<void> {
  const used = await tx
    .selectFrom('previous_key_hashes')
    .select('previous_hash')
    .where('previous_hash', '=', keyHash)
    .executeTakeFirst();
  if (used) throw usedSecret();
}

/**
 * Turns the database's refusal of a second key with the same alias or the same secret into the contract's
 * words. The database decides, so that concurrent writers cannot both win.
 * @returns the error itself when it is something else.
 */
export function asConflict(error: unknown, alias: string | null): unknown {
  if (!isUniqueViolation(error)) return error;
  const text = `${error instanceof Error ? error.message : ''} ${constraintOf(error)}`;
  if (alias !== null && /keys_by_alias|key_alias/.test(text)) {
    return new ApiError(
      400,
      `Key with alias '${alias}' already exists. Unique key aliases across all keys are required.`,
      {
        type: 'bad_request_error',
        param: 'key_alias',
      },
    );
  }
  return usedSecret();
}

/** 400 for a secret that some key has or had. */
export function usedSecret(): ApiError {
  return new ApiError(
    400,
    'This key exists already, or existed and was deleted. A secret is used once: choose another value for `key`, or leave it out for a random one.',
    { type: 'bad_request_error', param: 'key' },
  );
}

function constraintOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'constraint' in error ? String(error.constraint) : '';
}
