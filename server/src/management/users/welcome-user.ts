import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';
import { insertInvitation } from '../invitations/insert-invitation.ts';
import { announceUser, type InvitationEmail, mailInvitation } from '../invitations/mail-invitation.ts';
import type { Parts } from '../parts.ts';
import type { UserTable } from './users.table.ts';

/** How somebody who was added just now is received. */
export interface Welcome {
  readonly user: UserTable;
  readonly createdBy: string;
  /** Where the gateway is, for the link. */
  readonly baseUrl: string;
  /** Whether they get an invitation. */
  readonly invites: boolean;
  /** Whether it is mailed to them. */
  readonly sends: boolean;
}

/** Invites somebody who was added in the same write, if that is wanted, and tells who listens that they are there. */
export async function welcomeUser(
  tx: Transaction<Database>,
  parts: Parts,
  { user, createdBy, baseUrl, invites, sends }: Welcome,
): Promise<{
  invitation: Awaited<ReturnType<typeof insertInvitation>> | null;
  email: InvitationEmail | null;
  audit: readonly AuditEntry[];
}> {
  if (!invites) {
    await announceUser(tx, parts, user);
    return { invitation: null, email: null, audit: [] };
  }
  const invitation = await insertInvitation(tx, { userId: user.user_id, createdBy, now: parts.now() });
  const email = await mailInvitation(tx, parts, { ...invitation, user, baseUrl, isNewUser: true, sends });
  return { invitation, email, audit: invitation.audit };
}
