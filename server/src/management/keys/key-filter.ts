import { type Expression, type ExpressionBuilder, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { type Access, outsideOrganizations } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../teams/teams.table.ts';
import { ownUserId } from './keys.store.ts';
import type { PresentedKey } from './present-key.ts';

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

/**
 * Whose keys are wanted, as the ways in which a key may be one of them: each finds its keys by an index of its own,
 * which one condition with `or` does not on either engine. Null: everybody's. None: nobody's.
 */
export type Ways = readonly Expression<SqlBool>[] | null;

type KeyExpressions = ExpressionBuilder<Database, 'keys'>;

const is: KeyExpressions = expressionBuilder<Database, 'keys'>();

/** The rows that a caller may see at all; the innermost condition of every list. */
export async function waysWithin(db: Kysely<Database>, access: Access, filter: Whose): Promise<Ways> {
  switch (access.reach) {
    case 'all':
      return filter.userId === null ? null : belongingTo(db, filter.userId, filter, filter.includeTeamKeys);
    case 'organization': {
      const own = (await waysWithin(db, outsideOrganizations(access), filter)) ?? [];
      const wantsAll = filter.includeTeamKeys || filter.organizationId != null;
      return wantsAll ? [...own, ...(await ofOrganizations(db, access.principal.organizationIds))] : own;
    }
    case 'team':
      return ownOnly(db, access, filter, filter.includeTeamKeys);
    case 'own':
      return ownOnly(db, access, filter, false);
    case 'none':
      return [];
  }
}

async function ownOnly(db: Kysely<Database>, access: Access, filter: Whose, withTeams: boolean) {
  const userId = ownUserId(access.principal);
  return userId === null ? [] : belongingTo(db, userId, filter, withTeams);
}

/** The keys of organizations: those of their teams, and those that belong to an organization without a team. */
export async function ofOrganizations(
  db: Kysely<Database>,
  organizationIds: readonly string[],
): Promise<Expression<SqlBool>[]> {
  if (organizationIds.length === 0) return [];
  const teams = await db
    .selectFrom('teams')
    .select('team_id')
    .where('organization_id', 'in', organizationIds)
    .execute();
  return [...inTeams(teams), is.and([is('keys.organization_id', 'in', organizationIds), hasNone('team_id')])];
}

async function belongingTo(
  db: Kysely<Database>,
  userId: string,
  filter: Whose,
  withTeams: boolean,
): Promise<Expression<SqlBool>[]> {
  const ways: Expression<SqlBool>[] = [is('keys.user_id', '=', userId)];
  if (filter.includeCreatedBy) ways.push(is('keys.created_by', '=', userId));
  if (withTeams) {
    const teams = await db
      .selectFrom('team_members')
      .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
      .select(['team_members.team_id', 'team_members.role', 'teams.member_permissions'])
      .where('team_members.user_id', '=', userId)
      .execute();
    // Admins of a team, and members whom it lets list its keys, see all of them; every member sees those that
    // belong to the team itself.
    const seesAll = (team: (typeof teams)[number]) =>
      team.role === 'admin' || team.member_permissions?.includes('"/key/list"') === true;
    ways.push(...inTeams(teams.filter(seesAll)));
    for (const way of inTeams(teams.filter((team) => !seesAll(team)))) {
      ways.push(is.and([way, hasNone('user_id')]));
    }
  }
  return ways;
}

/** Teams are named by their ids: Postgres finds the keys of a list by an index, and not those of a question. */
function inTeams(teams: readonly { readonly team_id: string }[]): Expression<SqlBool>[] {
  if (teams.length === 0) return [];
  const ids = teams.map((team) => team.team_id);
  return [is('keys.team_id', 'in', ids)];
}

/** In words that no index knows: SQLite would take the one of all keys without an owner for a search for one owner. */
function hasNone(column: 'team_id' | 'user_id'): Expression<SqlBool> {
  return sql<SqlBool>`(${sql.ref(`keys.${column}`)} is null) = true`;
}

/** What a filter asks of a key, but for its owner, organization, status and what is searched. */
export function narrowing(filter: Pick<KeyFilter, 'teamId' | 'keyHash' | 'keyAlias'>): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  if (filter.teamId !== null) conditions.push(is('keys.team_id', '=', filter.teamId));
  if (filter.keyHash !== null) conditions.push(is('keys.key_hash', '=', filter.keyHash));
  if (filter.keyAlias !== null) conditions.push(is('keys.key_alias', '=', filter.keyAlias));
  return conditions;
}

/** Keys of a status, found by the index of that status. */
export function ofStatus(status: KeyFilter['status'], now: number): Expression<SqlBool>[] {
  if (status === 'deleted') return [is('keys.deleted_at', 'is not', null)];
  const present = is('keys.deleted_at', 'is', null);
  const lasting = is.or([is('keys.expires_at', 'is', null), is('keys.expires_at', '>', now)]);
  switch (status) {
    case null:
      return [present];
    case 'expired':
      return [present, is('keys.expires_at', '<=', now)];
    case 'revoked':
      return [present, lasting, is('keys.blocked_at', 'is not', null)];
    case 'active':
      return [present, lasting, is('keys.blocked_at', 'is', null)];
  }
}

/**
 * As `ofStatus`, for who reads keys in an order and looks at each: in words that no index knows, so that the one of the
 * order is taken.
 */
export function hasStatus(status: KeyFilter['status'], now: number): Expression<SqlBool>[] {
  if (status === null || status === 'deleted') return ofStatus(status, now);
  const statusNow = sql<string>`case when keys.expires_at <= ${now} then 'expired'
    when keys.blocked_at is not null then 'revoked' else 'active' end`;
  return [is('keys.deleted_at', 'is', null), sql<SqlBool>`${statusNow} = ${status}`];
}
