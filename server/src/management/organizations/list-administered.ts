import type { Kysely } from 'kysely';
import type { CallerRole } from '../../access/permissions.contract.ts';
import type { Database } from '../../storage/database.ts';
import './organizations.table.ts';

/**
 * The organizations that somebody administers. Admins of the gateway need none, viewers of everything may change
 * nothing whatever they are elsewhere (contract 1.3), and who has no row is in no organization.
 */
export async function listAdministered(
  db: Kysely<Database>,
  role: CallerRole,
  userId: string | null,
): Promise<readonly string[]> {
  if (userId === null || (role !== 'internal_user' && role !== 'internal_user_viewer')) return none;
  const rows = await db
    .selectFrom('organization_members')
    .select('organization_id')
    .where('user_id', '=', userId)
    .where('role', '=', 'org_admin')
    .execute();
  return rows.map((row) => row.organization_id);
}

const none: readonly string[] = [];
