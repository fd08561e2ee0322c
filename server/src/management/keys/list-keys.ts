import type { Call } from '../../http/call.ts';
import '../organizations/organizations.table.ts';
import type { Parts } from '../parts.ts';
import type { KeyFilter } from './key-filter.ts';
import { refuseKey } from './key-rules.ts';
import { toKeyHash } from './key-secret.ts';
import { type KeyListQuery, keySortColumns } from './keys.contract.ts';
import { type NamedKeyRow, ownUserId } from './keys.store.ts';
import { listKeyRows } from './page-keys.ts';
import { type PresentedKey, presentKey } from './present-key.ts';
import { loadTeamRights } from './team-rights.ts';

/** A key in a list. */
export type ListedKey = PresentedKey & { token: string; user_email: string | null; team_alias: string | null };

const statuses = ['active', 'expired', 'revoked', 'deleted'] as const;

/**
 * A page of keys, newest first unless said otherwise. Everybody but admins sees their own, and with
 * `include_team_keys` those of teams they administer.
 * @throws ApiError 400 for an unknown column or status, 403 for filters by somebody else's things.
 */
export async function listKeys(
  parts: Parts,
  call: Call,
  query: KeyListQuery,
): Promise<{ keys: (string | ListedKey)[]; total_count: number; current_page: number; total_pages: number }> {
  if (call.access.reach !== 'all') await assertOwnFilters(parts, call, query);
  const page = query.page ?? 1;
  const size = query.size ?? 10;
  const filter: KeyFilter = {
    userId: query.user_id || null,
    includeCreatedBy: query.include_created_by_keys ?? false,
    includeTeamKeys: query.include_team_keys ?? false,
    teamId: query.team_id || null,
    organizationId: query.organization_id || null,
    keyHash: query.key_hash ? toKeyHash(query.key_hash) : null,
    keyAlias: query.key_alias || null,
    search: query.search?.trim() || null,
    status: readStatus(query.status),
    sortBy: readSortColumn(query.sort_by),
    ascending: query.sort_order?.toLowerCase() === 'asc',
    limit: size,
    offset: (page - 1) * size,
    now: parts.now(),
  };
  const { rows, total } = await listKeyRows(parts.storage.db, call.access, filter);
  return {
    keys: rows.map((row) => (query.return_full_object ? presentListed(row, filter.now) : row.key_hash)),
    total_count: total,
    current_page: page,
    total_pages: Math.ceil(total / size),
  };
}

async function assertOwnFilters(parts: Parts, call: Call, query: KeyListQuery): Promise<void> {
  const userId = ownUserId(call.principal);
  if (userId === null) {
    throw refuseKey(
      403,
      "You are not authorized to access this endpoint. No 'user_id' is associated with your API key.",
    );
  }
  if (query.user_id && query.user_id !== userId) {
    throw refuseKey(403, "You are not authorized to check another user's keys");
  }
  if (query.team_id) {
    const rights = await loadTeamRights(parts.storage.db, query.team_id, userId);
    if (!rights?.role) throw refuseKey(403, "You are not authorized to check this team's keys");
  }
  if (query.organization_id && !(await isMember(parts, query.organization_id, userId))) {
    throw refuseKey(403, "You are not authorized to check this organization's keys");
  }
}

async function isMember({ storage }: Parts, organizationId: string, userId: string): Promise<boolean> {
  const membership = await storage.db
    .selectFrom('organization_members')
    .select('role')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return membership !== undefined;
}

function readStatus(status: string | undefined): KeyFilter['status'] {
  if (!status) return null;
  const known = statuses.find((candidate) => candidate === status);
  if (!known) throw refuseKey(400, `Invalid status value. Must be one of: ${statuses.join(', ')}.`);
  return known;
}

function readSortColumn(column: string | undefined): KeyFilter['sortBy'] {
  if (!column) return 'created_at';
  const known = keySortColumns.find((candidate) => candidate === column);
  if (!known) throw refuseKey(400, `Invalid sort column. Must be one of: ${keySortColumns.join(', ')}`);
  return known;
}

function presentListed(row: NamedKeyRow, now: number): ListedKey {
  return { ...presentKey(row, now), token: row.key_hash, user_email: row.user_email, team_alias: row.team_alias };
}
