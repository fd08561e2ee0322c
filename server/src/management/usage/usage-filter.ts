import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { SeriesLabel, SeriesSource } from '../../ledger/usage-series.ts';
import type { Database } from '../../storage/database.ts';
import { hashesOfKeys } from './replaced-keys.ts';

/** What usage can be told apart by; a missing id is the empty string. An answer with two tags counts once in each. */
export type UsageDimension = SeriesLabel;

/** Narrows usage to one of each; null: not narrowed. */
export interface UsageFilter {
  readonly userId: string | null;
  readonly teamId: string | null;
  /** Any of these keys, with everything that was spent under earlier secrets of theirs. */
  readonly keyHashes: readonly string[] | null;
  readonly modelGroup: string | null;
  /** Any of these; usage without tags is left out. */
  readonly tags?: readonly string[];
  /** Any of these; usage without a named customer is left out. */
  readonly endUsers?: readonly string[];
  /** Any of these; usage that no organization paid for is left out. */
  readonly organizationIds?: readonly string[];
}

/** No narrowing beyond the reach. */
export const everythingWithinReach: UsageFilter = { userId: null, teamId: null, keyHashes: null, modelGroup: null };

/** Which usage a question is about: every query of usage is narrowed by one of these, so none can forget the reach. */
export interface UsageScope {
  /** The rollups that know what is asked for. */
  readonly source: SeriesSource;
  /** The values that labels may have. */
  readonly narrowed: ReadonlyMap<SeriesLabel, readonly string[]>;
}

/**
 * What a caller may see of what is asked for.
 * @param dimensions what it will be told apart by.
 * @throws ApiError 403 as `visibleUserId`.
 */
export async function scopeOf(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  dimensions: readonly UsageDimension[],
): Promise<UsageScope> {
  const narrowed = new Map<SeriesLabel, readonly string[]>();
  const userId = visibleUserId(access, filter.userId);
  if (userId !== null) narrowed.set('user_id', [userId]);
  if (filter.teamId !== null) narrowed.set('team_id', [filter.teamId]);
  if (filter.keyHashes !== null) narrowed.set('key_hash', await hashesOfKeys(db, filter.keyHashes));
  if (filter.modelGroup !== null) narrowed.set('model_group', [filter.modelGroup]);
  if (filter.tags) narrowed.set('tag', filter.tags);
  if (filter.endUsers) narrowed.set('end_user', filter.endUsers);
  if (filter.organizationIds) narrowed.set('organization_id', filter.organizationIds);
  const isAbout = (label: SeriesLabel) => narrowed.has(label) || dimensions.includes(label);
  return { source: sourceOf(isAbout), narrowed };
}

/** The rollups that know the labels. */
function sourceOf(isAbout: (label: SeriesLabel) => boolean): SeriesSource {
  if (isAbout('tag')) return 'tag_rollups';
  if (isAbout('end_user')) return 'customer_rollups';
  return isAbout('organization_id') ? 'organization_rollups' : 'usage_rollups';
}

/** The same with the values of one label narrowed further. */
export function narrowedTo(scope: UsageScope, label: SeriesLabel, values: readonly string[]): UsageScope {
  const known = scope.narrowed.get(label);
  const both = known === undefined ? values : values.filter((value) => known.includes(value));
  return { ...scope, narrowed: new Map([...scope.narrowed, [label, both]]) };
}

/** The condition of a scope, on the rollups and on the series alike. @param table its name in the statement. */
export function conditionOf(scope: UsageScope, table: string): Expression<SqlBool> {
  const is = expressionBuilder<Database, never>();
  const conditions = [...scope.narrowed].map(([label, values]) => {
    const column = sql.ref<string>(`${table}.${label}`);
    if (values.length === 0) return sql<SqlBool>`1 = 0`;
    return values.length === 1 ? is(column, '=', values[0] ?? '') : is(column, 'in', [...values]);
  });
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : is.and(conditions);
}

/**
 * The user whose usage a caller may see; null: everybody's. Filters narrow this, and never widen it.
 * @throws ApiError 403 for keys that belong to no user, and for other people's usage.
 */
export function visibleUserId(access: Access, wantedUserId: string | null): string | null {
  switch (access.reach) {
    case 'all':
      return wantedUserId;
    case 'organization':
    case 'team':
    case 'own': {
      const own = access.principal.userId;
      if (!own) {
        throw refuse(
          'Service-account keys cannot query user analytics. Use a key that belongs to a user, or ask an admin.',
        );
      }
      if (wantedUserId !== null && wantedUserId !== own) {
        throw refuse('Non-admin users can only view their own spend data.');
      }
      return own;
    }
    case 'none':
      throw refuse('This role cannot see usage. Ask an admin for another role.');
  }
}

function refuse(message: string): ApiError {
  return new ApiError(403, message, { type: 'auth_error', param: 'user_id' });
}
