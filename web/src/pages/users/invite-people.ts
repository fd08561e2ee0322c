import { createUser, type Role } from '@latchkey/server/contract';
import { ApiFailure } from '../../api/api-failure.ts';
import { call } from '../../api/call.ts';
import { createInvitationLink, type PasswordLink } from './password-link.ts';

/** What became of one invitation. */
export type InvitationOutcome =
  | { readonly email: string; readonly kind: 'invited'; readonly link: PasswordLink }
  /** The person was added, but the link could not be made: try again for the user. */
  | { readonly email: string; readonly kind: 'added'; readonly userId: string; readonly reason: string }
  | { readonly email: string; readonly kind: 'refused'; readonly reason: string };

/** What everybody in one invitation gets. */
export interface InvitationTerms {
  readonly role: Role;
  /** null: the default of the gateway. */
  readonly budget: { readonly max_budget: number; readonly budget_duration: string | null } | null;
}

/** Adds one person and makes their link. Never throws: a refusal is the outcome. */
export async function invitePerson(email: string, { role, budget }: InvitationTerms): Promise<InvitationOutcome> {
  let userId: string;
  try {
    const user = await call(createUser, {
      user_email: email,
      user_role: role,
      auto_create_key: false,
      ...(budget === null ? {} : { max_budget: budget.max_budget }),
      ...(budget === null || budget.budget_duration === null ? {} : { budget_duration: budget.budget_duration }),
    });
    userId = user.user_id;
  } catch (problem) {
    return { email, kind: 'refused', reason: reasonOf(problem) };
  }
  return linkFor(email, userId);
}

/** Makes the link for a person who was added without one. Never throws. */
export async function linkFor(email: string, userId: string): Promise<InvitationOutcome> {
  try {
    return { email, kind: 'invited', link: await createInvitationLink(userId) };
  } catch (problem) {
    return { email, kind: 'added', userId, reason: reasonOf(problem) };
  }
}

function reasonOf(problem: unknown): string {
  return problem instanceof ApiFailure ? problem.message : 'The console hit an unexpected problem. Try again.';
}
