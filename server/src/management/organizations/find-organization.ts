import type { Kysely } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { listOrganizationsWithin, type OrganizationRecord } from './organizations.store.ts';

/**
 * Reads an organization that the caller administers, or may see as one who sees everything.
 * @throws ApiError 404 for an unknown one; for org admins 403, whether or not it exists.
 */
export async function findOrganization(
  db: Kysely<Database>,
  call: Call,
  organizationId: string,
): Promise<OrganizationRecord> {
  const [found] = await listOrganizationsWithin(db, call.access, { ids: [organizationId], alias: null });
  if (found) return found;
  if (call.access.reach === 'all') throw organizationNotFound(organizationId);
  throw new ApiError(
    403,
    `Call not allowed. User not proxy admin OR org admin. organization_id=${organizationId.slice(0, 200)}`,
    { type: 'auth_error', param: 'organization_id' },
  );
}

/** 404 for an organization that does not exist. */
export function organizationNotFound(organizationId: string): ApiError {
  return new ApiError(
    404,
    `Organization not found, passed organization_id=${organizationId.slice(0, 200)}. See /organization/list.`,
    { type: 'not_found_error', param: 'organization_id' },
  );
}
