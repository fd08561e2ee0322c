import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../customers/customers.table.ts';
import '../keys/keys.table.ts';
import '../organizations/organizations.table.ts';

/**
 * One of the things that a budget binds, in words; null: it binds nothing.
 * @param except a customer or an organization that does not count.
 */
export async function findBound(
  tx: Kysely<Database>,
  budgetId: string,
  except: { readonly customerId?: string; readonly organizationId?: string } = {},
): Promise<string | null> {
  const customer = await tx
    .selectFrom('customers')
    .select('user_id')
    .where('budget_id', '=', budgetId)
    .where('user_id', '<>', except.customerId ?? '')
    .limit(1)
    .executeTakeFirst();
  if (customer) return `customer ${customer.user_id}`;
  const key = await tx
    .selectFrom('keys')
    .select('key_name')
    .where('budget_id', '=', budgetId)
    .where('deleted_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (key) return `key ${key.key_name}`;
  const organization = await tx
    .selectFrom('organizations')
    .select('organization_id')
    .where('budget_id', '=', budgetId)
    .where('organization_id', '<>', except.organizationId ?? '')
    .limit(1)
    .executeTakeFirst();
  return organization ? `organization ${organization.organization_id}` : null;
}
