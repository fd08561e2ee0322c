import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import '../../audit/audit-log.table.ts';
import type { AuditLogTable } from '../../audit/audit-log.table.ts';
import type { Database } from '../../storage/database.ts';
import '../users/users.table.ts';
import type { auditSortColumns } from './audit-log.contract.ts';

/** Which changes; null stands for all. Instants in epoch milliseconds, the end is not part of the range. */
export interface AuditFilter {
  readonly actorUserId: string | null;
  readonly actorKeyHash: string | null;
  readonly action: string | null;
  readonly objectType: string | null;
  readonly objectId: string | null;
  /** The team itself and its members. */
  readonly teamId: string | null;
  readonly keyHash: string | null;
  readonly since: number | null;
  readonly until: number | null;
}

/** A change with the address of who made it; null for the gateway itself and for accounts that are gone. */
export type NamedAuditRow = AuditLogTable & { actor_email: string | null };

/** A column that the audit log can be sorted by. */
export type AuditSortColumn = (typeof auditSortColumns)[number];

/** Counting stops here: it would cost more than the page itself, and nobody turns a thousandth page. */
export const mostCounted = 100_000;

const columns = {
  updated_at: 'happened_at',
  changed_by: 'actor_user_id',
  action: 'action',
  object_id: 'object_id',
  table_name: 'object_type',
} as const satisfies Record<AuditSortColumn, keyof AuditLogTable>;

/** One page of the changes within the caller's reach, and how many there are, counted up to `mostCounted`. */
export async function listAuditRows(
  db: Kysely<Database>,
  access: Access,
  filter: AuditFilter,
  page: { sortBy: AuditSortColumn; sortOrder: 'asc' | 'desc'; limit: number; offset: number },
): Promise<{ rows: NamedAuditRow[]; total: number }> {
  let sorted = matching(db, access, filter).selectAll();
  if (page.sortBy !== 'updated_at') sorted = sorted.orderBy(columns[page.sortBy], page.sortOrder);
  const rows = await sorted
    .orderBy('happened_at', page.sortOrder)
    .orderBy('audit_id', page.sortOrder)
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { total } = await db
    .selectFrom(matching(db, access, filter).select('audit_id').limit(mostCounted).as('counted'))
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { rows: await withActors(db, rows), total };
}

/**
 * Up to `limit` changes, the newest first, that follow the given one in this order; without one, the first.
 * What is added while somebody reads on changes nothing about the rest.
 */
export async function readAuditRowsAfter(
  db: Kysely<Database>,
  access: Access,
  filter: AuditFilter,
  last: AuditLogTable | null,
  limit: number,
): Promise<NamedAuditRow[]> {
  let rows = matching(db, access, filter).selectAll();
  if (last) rows = rows.where(sql<boolean>`(happened_at, audit_id) < (${last.happened_at}, ${last.audit_id})`);
  return withActors(db, await rows.orderBy('happened_at', 'desc').orderBy('audit_id', 'desc').limit(limit).execute());
}

/** One change within the caller's reach; null when there is none. */
export async function findAuditRow(
  db: Kysely<Database>,
  access: Access,
  auditId: string,
): Promise<NamedAuditRow | null> {
  const row = await auditLogWithin(db, access).selectAll().where('audit_id', '=', auditId).executeTakeFirst();
  return row ? ((await withActors(db, [row]))[0] ?? null) : null;
}

async function withActors(db: Kysely<Database>, rows: readonly AuditLogTable[]): Promise<NamedAuditRow[]> {
  const ids = [...new Set(rows.map((row) => row.actor_user_id))];
  const users =
    ids.length === 0
      ? []
      : await db.selectFrom('users').select(['user_id', 'user_email']).where('user_id', 'in', ids).execute();
  const emails = new Map(users.map((user) => [user.user_id, user.user_email]));
  return rows.map((row) => ({ ...row, actor_email: emails.get(row.actor_user_id) ?? null }));
}

function matching(db: Kysely<Database>, access: Access, filter: AuditFilter) {
  let rows = auditLogWithin(db, access);
  if (filter.actorUserId !== null) rows = rows.where('actor_user_id', '=', filter.actorUserId);
  if (filter.actorKeyHash !== null) rows = rows.where('actor_key_hash', '=', filter.actorKeyHash);
  if (filter.action !== null) rows = rows.where('action', '=', filter.action);
  if (filter.objectType !== null) rows = rows.where('object_type', '=', filter.objectType);
  if (filter.objectId !== null) rows = rows.where('object_id', '=', filter.objectId);
  if (filter.keyHash !== null) rows = rows.where('object_type', '=', 'key').where('object_id', '=', filter.keyHash);
  if (filter.teamId !== null) {
    const { teamId } = filter;
    rows = rows.where(({ or, and, eb }) =>
      or([
        and([eb('object_type', '=', 'team'), eb('object_id', '=', teamId)]),
        and([
          eb('object_type', '=', 'team-member'),
          sql<boolean>`object_id like ${`${escaped(teamId)}/%`} escape '\\'`,
        ]),
      ]),
    );
  }
  if (filter.since !== null) rows = rows.where('happened_at', '>=', filter.since);
  if (filter.until !== null) rows = rows.where('happened_at', '<', filter.until);
  return rows;
}

/** A text for `like` that takes `%` and `_` as they are written. */
function escaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/**
 * Every read of the log starts here, so none can forget the reach. The events of one's own account are what one has
 * done, and what others have done to one's account.
 */
function auditLogWithin(db: Kysely<Database>, access: Access): SelectQueryBuilder<Database, 'audit_log', object> {
  const rows = db.selectFrom('audit_log');
  switch (access.reach) {
    case 'all':
      return rows;
    case 'organization':
    case 'team':
    case 'own': {
      const { userId } = access.principal;
      if (userId === null) return rows.where(sql<boolean>`1 = 0`);
      return rows.where(({ or, and, eb }) =>
        or([eb('actor_user_id', '=', userId), and([eb('object_type', '=', 'user'), eb('object_id', '=', userId)])]),
      );
    }
    case 'none':
      return rows.where(sql<boolean>`1 = 0`);
  }
}
