import { type Expression, type ExpressionBuilder, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { type Access, administers, type Principal } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import { hashSecret } from './key-secret.ts';
import type { KeyTable } from './keys.table.ts';
import type { PresentedKey } from './present-key.ts';
import { loadTeamRights, type TeamRights } from './team-rights.ts';

/** A key with the names of its owner and team. */
export type NamedKeyRow = KeyTable & {
  user_email: string | null;
  team_alias: string | null;
  team_organization_id: string | null;
};

/** What a caller is to a key. Verbs decide by it, never by the row alone. */
export interface KeyRelation {
  /** The caller's permission reaches every key. */
  readonly everything: boolean;
  readonly isOwner: boolean;
  /** The call was made with this very key. */
  readonly isKeyItself: boolean;
  /** The caller's rights in the key's team; null for personal keys, and where the permission ends at one's own. */
  readonly team: Pick<TeamRights, 'role' | 'memberPermissions'> | null;
  /** The caller is an admin of the key's team, or of the organization that the key belongs to. */
  readonly administers: boolean;
}

/** The user whose things are the caller's own. A key whose owner has no row stands for nobody. */
export function ownUserId(principal: Principal): string | null {
  return principal.role === 'unknown' ? null : principal.userId;
}

/**
 * Reads one key together with what the caller is to it; deleted keys too, and by a hash that was replaced. Null when
 * it never existed.
 */
export async function findKey(
  db: Kysely<Database>,
  access: Access,
  keyHash: string,
): Promise<{ row: NamedKeyRow; relation: KeyRelation } | null> {
  const row =
    (await namedKeys(db).where('keys.key_hash', '=', keyHash).executeTakeFirst()) ??
    (await namedKeys(db)
      .innerJoin('previous_key_hashes', 'previous_key_hashes.key_hash', 'keys.key_hash')
      .where('previous_key_hashes.previous_hash', '=', keyHash)
      .executeTakeFirst());
  return row ? { row, relation: await relationTo(db, access, row) } : null;
}

/** The row of a key by its hash of today, whoever asks. */
export async function findKeyRow(db: Kysely<Database>, keyHash: string): Promise<KeyTable | null> {
  return (await db.selectFrom('keys').selectAll().where('key_hash', '=', keyHash).executeTakeFirst()) ?? null;
}

/** As `findKey`, by alias, among the keys that are not deleted. */
export async function findKeyByAlias(
  db: Kysely<Database>,
  access: Access,
  alias: string,
): Promise<{ row: NamedKeyRow; relation: KeyRelation } | null> {
  const row = await namedKeys(db)
    .where('keys.key_alias', '=', alias)
    .where('keys.deleted_at', 'is', null)
    .executeTakeFirst();
  return row ? { row, relation: await relationTo(db, access, row) } : null;
}

async function relationTo(db: Kysely<Database>, access: Access, row: NamedKeyRow): Promise<KeyRelation> {
  const { principal } = access;
  const userId = ownUserId(principal);
  const own = {
    everything: false,
    isOwner: userId !== null && row.user_id === userId,
    isKeyItself: principal.keyHash !== null && row.key_hash === principal.keyHash,
  };
  const rights =
    row.team_id === null || userId === null || access.reach === 'all'
      ? null
      : await loadTeamRights(db, row.team_id, userId);
  switch (access.reach) {
    case 'all':
      return { ...own, everything: true, team: null, administers: true };
    case 'organization':
      return {
        ...own,
        team: rights,
        administers: rights?.role === 'admin' || administers(principal, organizationOf(row)),
      };
    case 'team':
      return { ...own, team: rights, administers: rights?.role === 'admin' };
    case 'own':
      // An admin of the team counts as a plain member here: the role ends at what is one's own.
      return { ...own, team: rights?.role ? { ...rights, role: 'user' } : null, administers: false };
    case 'none':
      return { everything: false, isOwner: false, isKeyItself: false, team: null, administers: false };
  }
}

/** The stored columns of a key alone. */
export function keyRowOf({
  user_email: _email,
  team_alias: _alias,
  team_organization_id: _of,
  ...row
}: NamedKeyRow): KeyTable {
  return row;
}

/** The organization that a key belongs to: its team's, or its own where it has no team. */
export function organizationOf(row: Pick<NamedKeyRow, 'organization_id' | 'team_organization_id'>): string | null {
  return row.team_organization_id ?? row.organization_id;
}

/** Which keys are wanted. Filters narrow what the reach allows, and never widen it. */
export interface KeyFilter {
  /** Keys of this owner; with the two switches below also keys that this person made, or may see through a team. */
  readonly userId: string | null;
  readonly includeCreatedBy: boolean;
  readonly includeTeamKeys: boolean;
  readonly teamId: string | null;
  readonly organizationId: string | null;
  readonly keyHash: string | null;
  readonly keyAlias: string | null;
  readonly search: string | null;
  readonly status: PresentedKey['status'] | null;
  readonly sortBy: 'spend' | 'max_budget' | 'created_at' | 'updated_at' | 'token' | 'key_alias';
  readonly ascending: boolean;
  readonly limit: number;
  readonly offset: number;
  /** Epoch milliseconds; decides which keys have expired. */
  readonly now: number;
}

/** The part of a filter that says whose keys are wanted. */
type Whose = Pick<KeyFilter, 'userId' | 'includeCreatedBy' | 'includeTeamKeys'> & {
  readonly organizationId?: string | null;
};

type KeyExpressions = ExpressionBuilder<Database, 'keys'>;

/** Reads a page of keys within the caller's reach, and how many there are in all. */
export async function listKeyRows(
  db: Kysely<Database>,
  access: Access,
  filter: KeyFilter,
): Promise<{ rows: NamedKeyRow[]; total: number }> {
  const is = expressionBuilder<Database, 'keys'>();
  const conditions = is.and([scopeOf(is, access, filter), ...narrowing(is, filter)]);
  const { total } = await db
    .selectFrom('keys')
    .select(is.fn.countAll<number>().as('total'))
    .where(conditions)
    .executeTakeFirstOrThrow();
  const rows = await namedKeys(db)
    .where(conditions)
    .orderBy(sortColumns[filter.sortBy], (order) => (filter.ascending ? order.asc() : order.desc()).nullsLast())
    .orderBy('keys.key_hash', filter.ascending ? 'asc' : 'desc')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute();
  return { rows, total: Number(total) };
}

/** Reads a page of the aliases within the caller's reach, sorted, with those of teams they administer. */
export async function listAliasesWithin(
  db: Kysely<Database>,
  access: Access,
  filter: { search: string | null; teamId: string | null; limit: number; offset: number },
): Promise<{ aliases: string[]; total: number }> {
  const is = expressionBuilder<Database, 'keys'>();
  const conditions = [
    scopeOf(is, access, { userId: null, includeCreatedBy: false, includeTeamKeys: true }),
    is('keys.deleted_at', 'is', null),
    is('keys.key_alias', 'is not', null),
  ];
  if (filter.teamId !== null) conditions.push(is('keys.team_id', '=', filter.teamId));
  if (filter.search !== null) conditions.push(contains('keys.key_alias', filter.search));
  const { total } = await db
    .selectFrom('keys')
    .select(is.fn.countAll<number>().as('total'))
    .where(is.and(conditions))
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('keys')
    .select('key_alias')
    .where(is.and(conditions))
    .orderBy('key_alias')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute();
  return { aliases: rows.map((row) => row.key_alias ?? ''), total: Number(total) };
}

/** The rows that a caller may see at all; the innermost condition of every list. */
function scopeOf(is: KeyExpressions, access: Access, filter: Whose): Expression<SqlBool> {
  switch (access.reach) {
    case 'all':
      return filter.userId === null
        ? sql<SqlBool>`1 = 1`
        : belongsTo(is, filter.userId, filter, filter.includeTeamKeys);
    case 'organization': {
      const own = ownOnly(is, access, filter, filter.includeTeamKeys);
      const wantsAll = filter.includeTeamKeys || filter.organizationId != null;
      return wantsAll ? is.or([own, isOfOrganization(is, access.principal.organizationIds)]) : own;
    }
    case 'team':
      return ownOnly(is, access, filter, filter.includeTeamKeys);
    case 'own':
      return ownOnly(is, access, filter, false);
    case 'none':
      return sql<SqlBool>`1 = 0`;
  }
}

function ownOnly(is: KeyExpressions, access: Access, filter: Whose, withTeams: boolean): Expression<SqlBool> {
  const userId = ownUserId(access.principal);
  return userId === null ? sql<SqlBool>`1 = 0` : belongsTo(is, userId, filter, withTeams);
}

function isOfOrganization(is: KeyExpressions, organizationIds: readonly string[]): Expression<SqlBool> {
  const teams = is.selectFrom('teams').select('teams.team_id').where('teams.organization_id', 'in', organizationIds);
  return is.or([
    is('keys.team_id', 'in', teams),
    is.and([is('keys.team_id', 'is', null), is('keys.organization_id', 'in', organizationIds)]),
  ]);
}

function belongsTo(is: KeyExpressions, userId: string, filter: Whose, withTeams: boolean): Expression<SqlBool> {
  const ways: Expression<SqlBool>[] = [is('keys.user_id', '=', userId)];
  if (filter.includeCreatedBy) ways.push(is('keys.created_by', '=', userId));
  if (withTeams) {
    const teams = is
      .selectFrom('team_members')
      .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
      .select('team_members.team_id')
      .where('team_members.user_id', '=', userId);
    // Admins of a team, and members whom it lets list its keys, see all of them; every member sees those that
    // belong to the team itself.
    ways.push(
      is(
        'keys.team_id',
        'in',
        teams.where((on) =>
          on.or([on('team_members.role', '=', 'admin'), on('teams.member_permissions', 'like', '%"/key/list"%')]),
        ),
      ),
      is.and([is('keys.user_id', 'is', null), is('keys.team_id', 'in', teams)]),
    );
  }
  return is.or(ways);
}

function narrowing(is: KeyExpressions, filter: KeyFilter): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = statusConditions(is, filter.status, filter.now);
  if (filter.teamId !== null) conditions.push(is('keys.team_id', '=', filter.teamId));
  if (filter.organizationId !== null) conditions.push(isOfOrganization(is, [filter.organizationId]));
  if (filter.keyHash !== null) conditions.push(is('keys.key_hash', '=', filter.keyHash));
  if (filter.keyAlias !== null) conditions.push(is('keys.key_alias', '=', filter.keyAlias));
  if (filter.search !== null) conditions.push(matches(is, filter.search));
  return conditions;
}

function statusConditions(is: KeyExpressions, status: KeyFilter['status'], now: number): Expression<SqlBool>[] {
  if (status === 'deleted') return [is('keys.deleted_at', 'is not', null)];
  const present = is('keys.deleted_at', 'is', null);
  const expired = is('keys.expires_at', '<=', now);
  const lasting = is.or([is('keys.expires_at', 'is', null), is('keys.expires_at', '>', now)]);
  switch (status) {
    case null:
      return [present];
    case 'expired':
      return [present, expired];
    case 'revoked':
      return [present, lasting, is('keys.blocked_at', 'is not', null)];
    case 'active':
      return [present, lasting, is('keys.blocked_at', 'is', null)];
  }
}

function matches(is: KeyExpressions, search: string): Expression<SqlBool> {
  if (search.startsWith('sk-')) {
    return is.or([
      is('keys.key_hash', '=', hashSecret(search)),
      is('keys.key_name', '=', search),
      contains('keys.key_alias', search),
    ]);
  }
  const owners = is.selectFrom('users').select('users.user_id').where(contains('users.user_email', search));
  return is.or([
    contains('keys.key_alias', search),
    // What follows `sk-...` in the name: the last four characters of the secret.
    sql<SqlBool>`lower(substr(keys.key_name, 7)) like ${pattern(search)} escape '\\'`,
    is('keys.user_id', 'in', owners),
  ]);
}

function contains(
  column: 'keys.key_alias' | 'users.user_email' | 'teams.team_alias',
  search: string,
): Expression<SqlBool> {
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern(search)} escape '\\'`;
}

function pattern(search: string): string {
  return `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
}

const sortColumns = {
  spend: 'keys.spend_nano_usd',
  max_budget: 'keys.max_budget_nano_usd',
  created_at: 'keys.created_at',
  updated_at: 'keys.updated_at',
  token: 'keys.key_hash',
  key_alias: 'keys.key_alias',
} as const;

function namedKeys(db: Kysely<Database>) {
  return db
    .selectFrom('keys')
    .leftJoin('users', 'users.user_id', 'keys.user_id')
    .leftJoin('teams', 'teams.team_id', 'keys.team_id')
    .selectAll('keys')
    .select(['users.user_email', 'teams.team_alias', 'teams.organization_id as team_organization_id']);
}
