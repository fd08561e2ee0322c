import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { type Access, administers } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../invitations/invitations.table.ts';
import '../keys/keys.table.ts';
import type { OrganizationMemberTable } from '../organizations/organizations.table.ts';
import '../single-sign-on/single-sign-on.table.ts';
import '../teams/teams.table.ts';
import type { UserTable } from './users.table.ts';

/** A stored user with what is known about them elsewhere. */
export interface UserRecord extends UserTable {
  /** End of the newest invitation that was neither accepted nor withdrawn; it may be over. */
  readonly invitation_expires_at: number | null;
  /** Subject at the provider that the person signs in with; of several the greatest. */
  readonly sso_user_id: string | null;
  /** Keys that were not deleted. */
  readonly key_count: number;
  readonly team_ids: readonly string[];
  /** As far as the caller may know of them. */
  readonly organization_memberships: readonly OrganizationMemberTable[];
}

/** True when the caller's permission reaches this user, whether or not the user exists. */
export function reachesUser(access: Access, userId: string): boolean {
  switch (access.reach) {
    case 'all':
      return true;
    case 'organization':
    case 'team':
    case 'own':
      return access.principal.userId === userId;
    case 'none':
      return false;
  }
}

/** One user within the caller's reach; null when there is none. */
export async function findUser(db: Kysely<Database>, access: Access, userId: string): Promise<UserRecord | null> {
  const row = await usersWithin(db, access)
    .selectAll('users')
    .select(derivedColumns)
    .where('users.user_id', '=', userId)
    .executeTakeFirst();
  return row ? ((await withTeams(db, knownTo(access), [row]))[0] ?? null) : null;
}

/** One user who belongs to a team that this one administers, with those of their teams; null when there is none. */
export async function findMemberOfAdmin(
  db: Kysely<Database>,
  adminId: string,
  userId: string,
): Promise<UserRecord | null> {
  const shared = await db
    .selectFrom('team_members as theirs')
    .innerJoin('team_members as mine', 'mine.team_id', 'theirs.team_id')
    .select('theirs.team_id')
    .where('theirs.user_id', '=', userId)
    .where('mine.user_id', '=', adminId)
    .where('mine.role', '=', 'admin')
    .execute();
  if (shared.length === 0) return null;
  const row = await db
    .selectFrom('users')
    .selectAll('users')
    .select(derivedColumns)
    .where('users.user_id', '=', userId)
    .executeTakeFirst();
  const teamIds = new Set(shared.map((team) => team.team_id));
  return row
    ? ((await withTeams(db, ({ team_id }) => team_id !== null && teamIds.has(team_id), [row]))[0] ?? null)
    : null;
}

/**
 * Ids and addresses of people within reach: `team` reaches those one shares a team with, `organization` the members of
 * organizations one administers as well.
 */
export async function findPeopleWithin(
  db: Kysely<Database>,
  { principal, reach }: Access,
  query: { userIdContains: string | null; emailContains: string | null; limit: number; offset: number },
): Promise<{ user_id: string; user_email: string | null }[]> {
  const own = principal.userId ?? '';
  let rows = db.selectFrom('users').select(['users.user_id', 'users.user_email']);
  switch (reach) {
    case 'all':
      break;
    case 'organization':
      rows = rows.where((is) => is.or([isTeammate(is, own), isOfOrganizations(is, principal.organizationIds)]));
      break;
    case 'team':
      rows = rows.where((is) => isTeammate(is, own));
      break;
    case 'own':
      rows = rows.where('users.user_id', '=', own);
      break;
    case 'none':
      return [];
  }
  if (query.userIdContains !== null) rows = rows.where(contains('users.user_id', query.userIdContains));
  if (query.emailContains !== null) rows = rows.where(contains('users.user_email', query.emailContains));
  return rows.orderBy('users.user_id').limit(query.limit).offset(query.offset).execute();
}

function isTeammate(is: ExpressionBuilder<Database, 'users'>, own: string) {
  const teammates = is
    .selectFrom('team_members as theirs')
    .innerJoin('team_members as mine', 'mine.team_id', 'theirs.team_id')
    .select('theirs.user_id')
    .where('mine.user_id', '=', own);
  return is.or([is('users.user_id', '=', own), is('users.user_id', 'in', teammates)]);
}

/** Members of the organizations, and of their teams. */
function isOfOrganizations(is: ExpressionBuilder<Database, 'users'>, organizationIds: readonly string[]) {
  const teammates = is
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
    .select('team_members.user_id')
    .where('teams.organization_id', 'in', organizationIds);
  return is.or([is('users.user_id', 'in', membersOf(is, organizationIds)), is('users.user_id', 'in', teammates)]);
}

/** The ids of the members of organizations. */
export function membersOf(is: ExpressionBuilder<Database, 'users'>, organizationIds: readonly string[]) {
  return is
    .selectFrom('organization_members')
    .select('organization_members.user_id')
    .where('organization_members.organization_id', 'in', organizationIds);
}

/** The id of the user with this e-mail address, whatever its case, within the caller's reach; null when there is none. */
export async function findUserIdByEmail(db: Kysely<Database>, access: Access, email: string): Promise<string | null> {
  const row = await usersWithin(db, access)
    .select('users.user_id')
    .where(({ eb, fn }) => eb(fn<string>('lower', ['users.user_email']), '=', email.trim().toLowerCase()))
    .executeTakeFirst();
  return row?.user_id ?? null;
}

/** Every query about users starts here, so none can forget the reach. */
export function usersWithin(db: Kysely<Database>, access: Access) {
  const users = db.selectFrom('users');
  switch (access.reach) {
    case 'all':
      return users;
    case 'organization':
      return users.where((is) =>
        is.or([
          is('users.user_id', '=', access.principal.userId),
          isOfOrganizations(is, access.principal.organizationIds),
        ]),
      );
    case 'team':
    case 'own': {
      const { userId } = access.principal;
      return userId === null ? users.where(sql<boolean>`1 = 0`) : users.where('users.user_id', '=', userId);
    }
    case 'none':
      return users.where(sql<boolean>`1 = 0`);
  }
}

/** What is known of users elsewhere. */
export function derivedColumns({ selectFrom }: ExpressionBuilder<Database, 'users'>) {
  return [
    selectFrom('invitations')
      .select(({ fn }) => fn.max<number | null>('invitations.expires_at').as('latest'))
      .whereRef('invitations.user_id', '=', 'users.user_id')
      .where('invitations.accepted_at', 'is', null)
      .where('invitations.revoked_at', 'is', null)
      .as('invitation_expires_at'),
    selectFrom('user_identities')
      .select(({ fn }) => fn.max<string | null>('user_identities.subject').as('greatest'))
      .whereRef('user_identities.user_id', '=', 'users.user_id')
      .as('sso_user_id'),
    selectFrom('keys')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .whereRef('keys.user_id', '=', 'users.user_id')
      .where('keys.deleted_at', 'is', null)
      .as('key_count'),
  ] as const;
}

/** A contains-search that takes `%` and `_` as they are written. */
export function contains(column: 'users.user_id' | 'users.user_email' | 'users.user_alias', text: string) {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}

type RowWithoutTeams = UserTable &
  Pick<UserRecord, 'invitation_expires_at' | 'sso_user_id'> & { key_count: number | null };

/** Somebody's place in a team, or in an organization. */
interface Belonging {
  readonly user_id: string;
  /** Null: the place is in the organization itself. */
  readonly team_id: string | null;
  readonly organization_id: string | null;
}

/**
 * Adds the teams and organizations of users.
 * @param knows whether the reader may know of a belonging.
 */
export async function withTeams(
  db: Kysely<Database>,
  knows: (belonging: Belonging) => boolean,
  rows: readonly RowWithoutTeams[],
): Promise<UserRecord[]> {
  const userIds = rows.map((row) => row.user_id);
  if (userIds.length === 0) return [];
  const teams = await db
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
    .select(['team_members.user_id', 'team_members.team_id', 'teams.organization_id'])
    .where('team_members.user_id', 'in', userIds)
    .orderBy('team_members.created_at')
    .orderBy('team_members.team_id')
    .execute();
  const memberships = await db
    .selectFrom('organization_members')
    .selectAll()
    .where('user_id', 'in', userIds)
    .orderBy('created_at')
    .orderBy('organization_id')
    .execute();
  const teamsByUser = Map.groupBy(teams.filter(knows), (team) => team.user_id);
  const membershipsByUser = Map.groupBy(
    memberships.filter((membership) => knows({ ...membership, team_id: null })),
    (membership) => membership.user_id,
  );
  return rows.map((row) => ({
    ...row,
    key_count: row.key_count ?? 0,
    team_ids: (teamsByUser.get(row.user_id) ?? []).map((team) => team.team_id),
    organization_memberships: membershipsByUser.get(row.user_id) ?? [],
  }));
}

/** What somebody belongs to elsewhere is not for the admins of one organization. */
export function knownTo({ principal, reach }: Access): (belonging: Belonging) => boolean {
  const isOwn = (belonging: Belonging) => belonging.user_id === principal.userId;
  switch (reach) {
    case 'all':
      return () => true;
    case 'organization':
      return (belonging) => isOwn(belonging) || administers(principal, belonging.organization_id);
    case 'team':
    case 'own':
      return isOwn;
    case 'none':
      return () => false;
  }
}
