import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { readAmount } from '../keys/key-rules.ts';
import type { Parts } from '../parts.ts';
import { findOrganization } from './find-organization.ts';
import { joinOrganization } from './join-organization.ts';
import type { NewOrganizationMembers } from './organizations.contract.ts';
import { type PresentedOrganizationMembership, presentOrganizationMembership } from './present-organization.ts';

/** Who was added. */
export interface AddedOrganizationMembers {
  organization_id: string;
  updated_users: { user_id: string; user_email: string | null; user_role: string }[];
  updated_organization_memberships: PresentedOrganizationMembership[];
}

/**
 * Adds people to an organization; whom nobody knows becomes an internal user whose account is the organization's. Of a
 * list those who are in it already are skipped; one person alone, or a list of which nobody is new, is refused. Admins
 * of the gateway and of the organization may.
 * @throws ApiError 400, 403, 404.
 */
export async function addOrganizationMembers(
  parts: Parts,
  call: Call,
  input: NewOrganizationMembers,
): Promise<AddedOrganizationMembers> {
  const maxBudgetNanoUsd = readAmount('max_budget_in_organization', input.max_budget_in_organization);
  const joining = [input.member].flat().map((member) => ({
    userId: member.user_id ?? null,
    userEmail: member.user_email ?? null,
    role: member.role,
    maxBudgetNanoUsd,
  }));
  if (joining.length === 0) throw refuse('No member was named. Send member with a user_id or a user_email.');
  return parts.changes.change(call.context, async (tx) => {
    await findOrganization(tx, call, input.organization_id);
    const { added, audit } = await joinOrganization(
      tx,
      parts,
      call.principal.userId ?? '',
      input.organization_id,
      joining,
    );
    const [first, ...rest] = audit;
    if (!first || added.length === 0) throw alreadyIn(input);
    return {
      result: {
        organization_id: input.organization_id,
        updated_users: added.map(({ user }) => user),
        updated_organization_memberships: added.map(({ user, member }) =>
          presentOrganizationMembership({ ...member, user_email: user.user_email }),
        ),
      },
      audit: [first, ...rest],
    };
  });
}

function alreadyIn(input: NewOrganizationMembers): ApiError {
  return refuse(
    Array.isArray(input.member)
      ? `All users are already in organization. Organization=${input.organization_id}.`
      : `User already in organization. Member: user_id=${input.member.user_id ?? null}, user_email=${input.member.user_email ?? null}. Change them with /organization/member_update.`,
  );
}

function refuse(message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param: 'member' });
}
