import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { findOrganization } from './find-organization.ts';
import { listOrganizationsOf, listOrganizationsWithin } from './organizations.store.ts';
import { type PresentedOrganizationWithMembers, presentOrganizationWithMembers } from './present-organization.ts';

/** The organizations that the caller belongs to, by name; all of them for those who see everything. */
export async function listOrganizations(
  { storage }: Parts,
  { access }: Call,
  query: { org_id?: string | undefined; org_alias?: string | undefined },
): Promise<PresentedOrganizationWithMembers[]> {
  const found = await listOrganizationsOf(storage.db, access, {
    ids: query.org_id ? [query.org_id] : null,
    alias: query.org_alias?.trim() || null,
  });
  return found.map((organization) => presentOrganizationWithMembers(organization, access));
}

/**
 * One organization, for those who see everything and for its admins.
 * @throws ApiError 403, 404.
 */
export async function getOrganization(
  { storage }: Parts,
  call: Call,
  query: { organization_id: string },
): Promise<PresentedOrganizationWithMembers> {
  return presentOrganizationWithMembers(await findOrganization(storage.db, call, query.organization_id), call.access);
}

/** Many organizations at once; those that do not exist, or are none of the caller's business, are left out. */
export async function getOrganizations(
  { storage }: Parts,
  { access }: Call,
  input: { organizations: readonly string[] },
): Promise<PresentedOrganizationWithMembers[]> {
  const found = await listOrganizationsWithin(storage.db, access, { ids: input.organizations, alias: null });
  return found.map((organization) => presentOrganizationWithMembers(organization, access));
}
