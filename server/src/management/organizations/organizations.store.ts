import { type Kysely, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import { type Access, administers } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import type { BudgetTable } from '../budgets/budgets.table.ts';
import { type TeamInList, withMembers } from '../teams/load-teams.ts';
import '../users/users.table.ts';
import type { OrganizationMemberTable, OrganizationTable } from './organizations.table.ts';

/** A member of an organization with the address of the person. */
export type OrganizationMemberRow = OrganizationMemberTable & { user_email: string | null };

/** An organization with its budget, and what of its members and teams the caller may see. */
export interface OrganizationRecord {
  readonly organization: OrganizationTable;
  readonly budget: BudgetTable;
  readonly members: readonly OrganizationMemberRow[];
  readonly teams: readonly TeamInList[];
}

/** Which organizations are wanted; null stands for all. */
export interface OrganizationFilter {
  readonly ids: readonly string[] | null;
  /** Contained in the alias. */
  readonly alias: string | null;
}

/** The organizations that the caller belongs to, by name; all of them for those who see everything. */
export async function listOrganizationsOf(
  db: Kysely<Database>,
  access: Access,
  filter: OrganizationFilter,
): Promise<OrganizationRecord[]> {
  return readOrganizations(db, access, organizationsOf(db, access), filter);
}

/** The organizations that the caller administers, by name; all of them for those who see everything. */
export async function listOrganizationsWithin(
  db: Kysely<Database>,
  access: Access,
  filter: OrganizationFilter,
): Promise<OrganizationRecord[]> {
  return readOrganizations(db, access, organizationsWithin(db, access), filter);
}

type Organizations = SelectQueryBuilder<Database, 'organizations', object>;

/** What one belongs to. */
function organizationsOf(db: Kysely<Database>, access: Access): Organizations {
  const organizations = db.selectFrom('organizations');
  switch (access.reach) {
    case 'all':
      return organizations;
    case 'organization':
    case 'team':
    case 'own':
      return organizations.where('organization_id', 'in', (of) =>
        of
          .selectFrom('organization_members')
          .select('organization_members.organization_id')
          .where('user_id', '=', access.principal.userId ?? ''),
      );
    case 'none':
      return organizations.where(sql<SqlBool>`1 = 0`);
  }
}

/** What one administers. */
function organizationsWithin(db: Kysely<Database>, access: Access): Organizations {
  const organizations = db.selectFrom('organizations');
  switch (access.reach) {
    case 'all':
      return organizations;
    case 'organization':
      return organizations.where('organization_id', 'in', access.principal.organizationIds);
    case 'team':
    case 'own':
    case 'none':
      return organizations.where(sql<SqlBool>`1 = 0`);
  }
}

/** How many ids a statement names, since both engines bound the number of its parameters. */
const sliceSize = 500;

async function readOrganizations(
  db: Kysely<Database>,
  access: Access,
  organizations: Organizations,
  filter: OrganizationFilter,
): Promise<OrganizationRecord[]> {
  const rows = await organizations
    .selectAll()
    .$if(filter.ids !== null, (wanted) => wanted.where('organization_id', 'in', filter.ids ?? []))
    .$if(filter.alias !== null, (wanted) => wanted.where(contains(filter.alias ?? '')))
    .orderBy('organization_alias')
    .orderBy('organization_id')
    .execute();
  const records: OrganizationRecord[] = [];
  for (let start = 0; start < rows.length; start += sliceSize) {
    records.push(...(await withContents(db, access, rows.slice(start, start + sliceSize))));
  }
  return records;
}

async function withContents(
  db: Kysely<Database>,
  access: Access,
  organizations: readonly OrganizationTable[],
): Promise<OrganizationRecord[]> {
  const ids = organizations.map((organization) => organization.organization_id);
  const budgetIds = [...new Set(organizations.map((organization) => organization.budget_id))];
  const budgets = await db.selectFrom('budgets').selectAll().where('budget_id', 'in', budgetIds).execute();
  const members = await db
    .selectFrom('organization_members')
    .innerJoin('users', 'users.user_id', 'organization_members.user_id')
    .selectAll('organization_members')
    .select('users.user_email')
    .where('organization_members.organization_id', 'in', ids)
    .orderBy('organization_members.created_at')
    .orderBy('organization_members.user_id')
    .execute();
  const teams = await db.selectFrom('teams').selectAll().where('organization_id', 'in', ids).execute();
  const teamsByOrganization = Map.groupBy(
    await withMembers(db, teams, access.principal.userId),
    ({ team }) => team.organization_id,
  );
  const membersByOrganization = Map.groupBy(members, (member) => member.organization_id);
  const budgetById = new Map(budgets.map((budget) => [budget.budget_id, budget]));
  return organizations.flatMap((organization) => {
    const id = organization.organization_id;
    const budget = budgetById.get(organization.budget_id);
    // The foreign key holds it: every organization has its budget.
    if (!budget) return [];
    const all = {
      organization,
      budget,
      members: membersByOrganization.get(id) ?? [],
      teams: teamsByOrganization.get(id) ?? [],
    };
    return [seesAllOf(access, id) ? all : ownPartOf(all, access.principal.userId)];
  });
}

function seesAllOf({ principal, reach }: Access, organizationId: string): boolean {
  return reach === 'all' || administers(principal, organizationId);
}

/** Who else is in an organization, and in which teams, is for its admins. */
function ownPartOf(record: OrganizationRecord, userId: string | null): OrganizationRecord {
  return {
    ...record,
    members: record.members.filter((member) => member.user_id === userId),
    teams: record.teams.filter(({ members }) => members.some((member) => member.user_id === userId)),
  };
}

function contains(alias: string) {
  const pattern = `%${alias.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(organization_alias) like ${pattern} escape '\\'`;
}
