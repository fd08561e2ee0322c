import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';
import { describeDetailedLimits } from '../budgets/index.ts';
import type { KeyTable } from './keys.table.ts';

/** Who deletes, and when (epoch milliseconds). */
export interface Deletion {
  readonly deletedBy: string;
  readonly deletedAt: number;
}

/**
 * Ends the keys in the list: they stay readable and authenticate nobody.
 * @returns an audit entry for each; none for those that somebody else has ended in the meantime.
 */
export async function deleteKeyRows(
  tx: Kysely<Database>,
  rows: readonly KeyTable[],
  deletion: Deletion,
): Promise<AuditEntry[]> {
  const ended = new Set<string>();
  // In slices, since both engines bound the number of parameters of a statement.
  for (let start = 0; start < rows.length; start += 500) {
    const hashes = rows.slice(start, start + 500).map((row) => row.key_hash);
    const updated = await tx
      .updateTable('keys')
      .set({
        deleted_at: deletion.deletedAt,
        deleted_by: deletion.deletedBy,
        updated_at: deletion.deletedAt,
        updated_by: deletion.deletedBy,
      })
      .where('key_hash', 'in', hashes)
      .where('deleted_at', 'is', null)
      .returning('key_hash')
      .execute();
    for (const { key_hash } of updated) ended.add(key_hash);
    await endGracePeriods(tx, hashes, deletion.deletedAt);
  }
  return rows
    .filter((row) => ended.has(row.key_hash))
    .map((row) => ({ action: 'deleted', object: { type: 'key', id: row.key_hash }, before: describeKey(row) }));
}

/** Ends every key of a user, personal and team keys alike. */
export async function deleteKeysOfUser(
  tx: Kysely<Database>,
  userId: string,
  deletion: Deletion,
): Promise<AuditEntry[]> {
  const rows = await tx
    .selectFrom('keys')
    .selectAll()
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .execute();
  return deleteKeyRows(tx, rows, deletion);
}

/** Ends the keys that a member has in a team. */
export async function deleteKeysOfMember(
  tx: Kysely<Database>,
  member: { readonly team_id: string; readonly user_id: string },
  deletion: Deletion,
): Promise<AuditEntry[]> {
  const rows = await tx
    .selectFrom('keys')
    .selectAll()
    .where('team_id', '=', member.team_id)
    .where('user_id', '=', member.user_id)
    .where('deleted_at', 'is', null)
    .execute();
  return deleteKeyRows(tx, rows, deletion);
}

/** Ends every key of a team, whoever owns it. */
export async function deleteKeysOfTeam(
  tx: Kysely<Database>,
  teamId: string,
  deletion: Deletion,
): Promise<AuditEntry[]> {
  const rows = await tx
    .selectFrom('keys')
    .selectAll()
    .where('team_id', '=', teamId)
    .where('deleted_at', 'is', null)
    .execute();
  return deleteKeyRows(tx, rows, deletion);
}

/** Ends the keys of an organization that have no team; with a user, only theirs. */
export async function deleteKeysOfOrganization(
  tx: Kysely<Database>,
  organizationId: string,
  deletion: Deletion,
  userId: string | null = null,
): Promise<AuditEntry[]> {
  const rows = await tx
    .selectFrom('keys')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .$if(userId !== null, (keys) => keys.where('user_id', '=', userId))
    .execute();
  return deleteKeyRows(tx, rows, deletion);
}

/** Ends the grace period of every secret that the keys had before. */
export async function endGracePeriods(tx: Kysely<Database>, keyHashes: readonly string[], now: number): Promise<void> {
  await tx
    .updateTable('previous_key_hashes')
    .set({ valid_until: now })
    .where('key_hash', 'in', keyHashes)
    .where('valid_until', '>', now)
    .execute();
}

/** A key for the audit log. The hash is its id there; the secret is not known to anybody. */
export function describeKey(row: KeyTable): Record<string, unknown> {
  return {
    key_name: row.key_name,
    key_alias: row.key_alias,
    user_id: row.user_id,
    team_id: row.team_id,
    organization_id: row.organization_id,
    models: JSON.parse(row.models) as unknown,
    allowed_routes: JSON.parse(row.allowed_routes) as unknown,
    permissions: JSON.parse(row.permissions) as unknown,
    max_budget_nano_usd: row.max_budget_nano_usd,
    soft_budget_nano_usd: row.soft_budget_nano_usd,
    budget_duration: row.budget_duration,
    budget_id: row.budget_id,
    spend_nano_usd: row.spend_nano_usd,
    tpm_limit: row.tpm_limit,
    rpm_limit: row.rpm_limit,
    max_parallel_requests: row.max_parallel_requests,
    default_estimated_output_tokens: row.default_estimated_output_tokens,
    ...describeDetailedLimits(row),
    expires_at: row.expires_at,
    blocked_at: row.blocked_at,
    allowed_ips: JSON.parse(row.allowed_ips) as unknown,
    temp_budget_increase_nano_usd: row.temp_budget_increase_nano_usd,
    temp_budget_expires_at: row.temp_budget_expires_at,
    rotation_interval: row.rotation_interval,
    rotate_at: row.rotate_at,
  };
}
