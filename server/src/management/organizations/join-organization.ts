import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { findOrCreateUser, type NamedPerson } from '../teams/find-or-create-user.ts';
import { describeUser } from '../users/describe-user.ts';
import type { UserTable } from '../users/users.table.ts';
import { describeOrganizationMember } from './describe-organization.ts';
import { organizationNotFound } from './find-organization.ts';
import type { OrganizationMemberTable } from './organizations.table.ts';
import type { OrganizationRole } from './present-organization.ts';

/** Somebody who is to join an organization. */
export interface JoiningOrganizationMember extends NamedPerson {
  readonly role: OrganizationRole;
  readonly maxBudgetNanoUsd: number | null;
}

/** @throws ApiError 404 for an organization that does not exist. */
export async function assertOrganizationExists(tx: Transaction<Database>, organizationId: string): Promise<void> {
  const known = await tx
    .selectFrom('organizations')
    .select('organization_id')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  if (!known) throw organizationNotFound(organizationId);
}

/**
 * Adds people to an organization inside a write; who is in it already stays as they are.
 * @param organizationId an existing organization.
 * @throws ApiError 400 for a person who is not named, or named twice differently.
 */
export async function joinOrganization(
  tx: Transaction<Database>,
  parts: Parts,
  createdBy: string,
  organizationId: string,
  joining: readonly JoiningOrganizationMember[],
): Promise<{ added: { user: UserTable; member: OrganizationMemberTable }[]; audit: AuditEntry[] }> {
  const added: { user: UserTable; member: OrganizationMemberTable }[] = [];
  const audit: AuditEntry[] = [];
  for (const person of joining) {
    const { user, created } = await findOrCreateUser(tx, parts, person, createdBy, organizationId);
    if (created) {
      audit.push({ action: 'created', object: { type: 'user', id: user.user_id }, after: describeUser(user) });
    }
    const member: OrganizationMemberTable = {
      organization_id: organizationId,
      user_id: user.user_id,
      role: person.role,
      max_budget_nano_usd: person.maxBudgetNanoUsd,
      spend_nano_usd: 0,
      created_at: parts.now(),
      updated_at: parts.now(),
    };
    const inserted = await tx
      .insertInto('organization_members')
      .values(member)
      .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 1n) continue;
    added.push({ user, member });
    audit.push({
      action: 'created',
      object: { type: 'organization-member', id: `${organizationId}/${user.user_id}` },
      after: describeOrganizationMember(member),
    });
  }
  return { added, audit };
}
