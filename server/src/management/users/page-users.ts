import type { Kysely } from 'kysely';
import type { Role } from '../../access/permissions.contract.ts';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../single-sign-on/single-sign-on.table.ts';
import '../teams/teams.table.ts';
import {
  contains,
  derivedColumns,
  knownTo,
  membersOf,
  type UserRecord,
  usersWithin,
  withTeams,
} from './users.store.ts';
import './users.table.ts';

/** Which users a list holds, and in which order. */
export interface UserListQuery {
  readonly role: Role | null;
  /** Exact ids. */
  readonly userIds: readonly string[] | null;
  /** Exact subjects at a provider. */
  readonly ssoUserIds: readonly string[] | null;
  readonly userIdContains: string | null;
  readonly emailContains: string | null;
  /** Contained in the e-mail address, the name or the id. */
  readonly search: string | null;
  readonly teamId: string | null;
  /** Members of any of these. */
  readonly organizationIds: readonly string[] | null;
  readonly sortBy: UserSortColumn;
  readonly sortOrder: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** Columns that a list of users can be sorted by. */
export const userSortColumns = ['user_id', 'user_email', 'created_at', 'spend', 'user_alias', 'user_role'] as const;

/** A column that a list of users can be sorted by. */
export type UserSortColumn = (typeof userSortColumns)[number];

/** One page of the users within the caller's reach, and how many there are on all pages. */
export async function listUsersWithin(
  db: Kysely<Database>,
  access: Access,
  query: UserListQuery,
): Promise<{ users: UserRecord[]; total: number }> {
  const { userIds, total } = await pageOfIds(db, access, query);
  if (userIds.length === 0) return { users: [], total };
  const rows = await db
    .selectFrom('users')
    .selectAll('users')
    .select(derivedColumns)
    .where('users.user_id', 'in', userIds)
    .execute();
  const places = new Map(userIds.map((userId, place) => [userId, place]));
  rows.sort((one, other) => (places.get(one.user_id) ?? 0) - (places.get(other.user_id) ?? 0));
  return { users: await withTeams(db, knownTo(access), rows), total };
}

/** As many ids are named in a question; of more users, one looks along the order of the page. */
const mostNamed = 500;

/** The ids of a page in their order: what is known of users elsewhere is looked up for those of the page alone. */
async function pageOfIds(
  db: Kysely<Database>,
  access: Access,
  query: UserListQuery,
): Promise<{ userIds: string[]; total: number }> {
  const column = query.sortBy === 'spend' ? 'users.spend_nano_usd' : (`users.${query.sortBy}` as const);
  const isOptional = query.sortBy === 'user_email' || query.sortBy === 'user_alias';
  const hasText = query.search !== null || query.emailContains !== null || query.userIdContains !== null;
  // To find a text is to look at every user, which is done once.
  const found = hasText ? await matching(db, access, query).select('users.user_id').execute() : null;
  const total = found ? found.length : await countMatching(db, access, query);
  if (query.offset >= total) return { userIds: [], total };
  const isNamed = found !== null && total <= mostNamed;
  const ids = found?.map((row) => row.user_id) ?? [];
  const wanted = isNamed ? db.selectFrom('users').where('users.user_id', 'in', ids) : matching(db, access, query);
  const rows = await wanted
    .select('users.user_id')
    .orderBy(column, (by) => {
      const order = query.sortOrder === 'asc' ? by.asc() : by.desc();
      // An index says nothing about where to put what a column cannot lack.
      return isOptional ? order.nullsLast() : order;
    })
    .$if(query.sortBy !== 'user_id', (users) => users.orderBy('users.user_id', query.sortOrder))
    .limit(query.limit)
    .offset(query.offset)
    .execute();
  return { userIds: rows.map((row) => row.user_id), total };
}

async function countMatching(db: Kysely<Database>, access: Access, query: UserListQuery): Promise<number> {
  const users = matching(db, access, query);
  return (await users.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()).total;
}

function matching(db: Kysely<Database>, access: Access, query: UserListQuery) {
  let rows = usersWithin(db, access);
  if (query.role !== null) rows = rows.where('users.user_role', '=', query.role);
  if (query.userIds !== null) rows = rows.where('users.user_id', 'in', query.userIds);
  if (query.ssoUserIds !== null) {
    const { ssoUserIds } = query;
    rows = rows.where(({ eb, selectFrom }) =>
      eb('users.user_id', 'in', selectFrom('user_identities').select('user_id').where('subject', 'in', ssoUserIds)),
    );
  }
  if (query.userIdContains !== null) rows = rows.where(contains('users.user_id', query.userIdContains));
  if (query.emailContains !== null) rows = rows.where(contains('users.user_email', query.emailContains));
  if (query.search !== null) {
    const { search } = query;
    rows = rows.where(({ or }) =>
      or([
        contains('users.user_email', search),
        contains('users.user_alias', search),
        contains('users.user_id', search),
      ]),
    );
  }
  if (query.organizationIds !== null) {
    const { organizationIds } = query;
    rows = rows.where((is) => is('users.user_id', 'in', membersOf(is, organizationIds)));
  }
  if (query.teamId !== null) {
    const { teamId } = query;
    rows = rows.where(({ eb, selectFrom }) =>
      eb(
        'users.user_id',
        'in',
        selectFrom('team_members').select('team_members.user_id').where('team_id', '=', teamId),
      ),
    );
  }
  return rows;
}
