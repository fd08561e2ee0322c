import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import './teams.table.ts';

/** The limits of rate that a member has of their own in a team; null for somebody who is not in it. */
export async function findMemberRates(
  db: Kysely<Database>,
  teamId: string,
  userId: string,
): Promise<{ tpm_limit: number | null; rpm_limit: number | null } | null> {
  const member = await db
    .selectFrom('team_members')
    .select(['tpm_limit', 'rpm_limit'])
    .where('team_id', '=', teamId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return member ?? null;
}
