import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import './organizations.table.ts';

/** The rates of single models that an organization has of its own, beside those of its budget; null: there is no such organization. */
export async function findModelRates(
  db: Kysely<Database>,
  organizationId: string,
): Promise<Readonly<Record<'model_rpm_limit' | 'model_tpm_limit', Readonly<Record<string, number>>>> | null> {
  const row = await db
    .selectFrom('organizations')
    .select(['model_rpm_limit', 'model_tpm_limit'])
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  if (!row) return null;
  return {
    model_rpm_limit: JSON.parse(row.model_rpm_limit) as Record<string, number>,
    model_tpm_limit: JSON.parse(row.model_tpm_limit) as Record<string, number>,
  };
}
