import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { parseEmail } from '../../http/parse-email.ts';
import type { Database } from '../../storage/database.ts';
import { deleteKeysOfOrganization } from '../keys/delete-key-rows.ts';
import { readAmount } from '../keys/key-rules.ts';
import type { Parts } from '../parts.ts';
import { describeOrganizationMember } from './describe-organization.ts';
import { findOrganization } from './find-organization.ts';
import type { OrganizationMemberPatch } from './organizations.contract.ts';
import type { OrganizationMemberRow } from './organizations.store.ts';
import type { OrganizationMemberTable } from './organizations.table.ts';
import { type PresentedOrganizationMembership, presentOrganizationMembership } from './present-organization.ts';
import { lockOrganization } from './update-organization.ts';

/** Somebody in an organization, named by id or by e-mail. */
export interface NamedOrganizationMember {
  readonly organization_id: string;
  readonly user_id?: string | null | undefined;
  readonly user_email?: string | null | undefined;
}

/**
 * Changes what somebody is in an organization and may spend in it: fields that were not sent stay. Admins of the
 * gateway and of the organization may.
 * @throws ApiError 400, 403, 404.
 */
export async function updateOrganizationMember(
  parts: Parts,
  call: Call,
  input: OrganizationMemberPatch,
): Promise<PresentedOrganizationMembership> {
  return parts.changes.change(call.context, async (tx) => {
    const before = await findMember(tx, call, input);
    const patch: Partial<OrganizationMemberTable> = { updated_at: parts.now() };
    if (input.role) patch.role = input.role;
    if (call.sentFields.has('max_budget_in_organization')) {
      patch.max_budget_nano_usd = readAmount('max_budget_in_organization', input.max_budget_in_organization);
    }
    await tx
      .updateTable('organization_members')
      .set(patch)
      .where('organization_id', '=', before.organization_id)
      .where('user_id', '=', before.user_id)
      .execute();
    const after = { ...before, ...patch };
    return {
      result: presentOrganizationMembership(after),
      audit: {
        action: 'updated',
        object: memberObject(before),
        before: describeOrganizationMember(before),
        after: describeOrganizationMember(after),
      },
    };
  });
}

/**
 * Takes somebody out of an organization, with their keys of it that have no team, which stop at once. Teams are left
 * with `/team/member_delete`. Admins of the gateway and of the organization may.
 * @returns the membership as it was.
 * @throws ApiError 400, 403, 404.
 */
export async function deleteOrganizationMember(
  parts: Parts,
  call: Call,
  input: NamedOrganizationMember,
): Promise<PresentedOrganizationMembership> {
  return parts.changes.change(call.context, async (tx) => {
    const member = await findMember(tx, call, input);
    const deletion = { deletedBy: call.principal.userId ?? '', deletedAt: parts.now() };
    const keys = await deleteKeysOfOrganization(tx, member.organization_id, deletion, member.user_id);
    await tx
      .deleteFrom('organization_members')
      .where('organization_id', '=', member.organization_id)
      .where('user_id', '=', member.user_id)
      .execute();
    const removed: AuditEntry = {
      action: 'deleted',
      object: memberObject(member),
      before: describeOrganizationMember(member),
    };
    return { result: presentOrganizationMembership(member), audit: [removed, ...keys] };
  });
}

/** Finds a member of an organization that is locked, once it is certain that the caller administers it. */
async function findMember(
  tx: Transaction<Database>,
  call: Call,
  named: NamedOrganizationMember,
): Promise<OrganizationMemberRow> {
  await lockOrganization(tx, named.organization_id);
  const { members } = await findOrganization(tx, call, named.organization_id);
  if (!named.user_id && !named.user_email) throw refuse('Either user_id or user_email must be provided.');
  const email = named.user_email ? parseEmail(named.user_email)?.toLowerCase() : null;
  const member = members.find(
    (candidate) =>
      (!named.user_id || candidate.user_id === named.user_id) &&
      (!email || candidate.user_email?.toLowerCase() === email),
  );
  if (member) return member;
  throw refuse(
    `User not found in organization. user_id=${named.user_id ?? null}, user_email=${named.user_email ?? null}, organization_id=${named.organization_id}`,
  );
}

function memberObject(member: OrganizationMemberTable): AuditEntry['object'] {
  return { type: 'organization-member', id: `${member.organization_id}/${member.user_id}` };
}

function refuse(message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param: 'None' });
}
