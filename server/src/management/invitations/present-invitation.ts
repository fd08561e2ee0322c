import type * as z from 'zod/mini';
import type { invitation } from './invitations.contract.ts';
import type { InvitationTable } from './invitations.table.ts';

/** An invitation as the API shows it. */
export type PresentedInvitation = z.infer<typeof invitation>;

/** Shows a stored invitation. Instants are ISO 8601 in UTC, to the millisecond. */
export function presentInvitation(row: InvitationTable): PresentedInvitation {
  return {
    id: row.invitation_id,
    user_id: row.user_id,
    is_accepted: row.accepted_at !== null,
    accepted_at: row.accepted_at === null ? null : new Date(row.accepted_at).toISOString(),
    expires_at: new Date(row.expires_at).toISOString(),
    created_at: new Date(row.created_at).toISOString(),
    created_by: row.created_by,
    updated_at: new Date(row.updated_at).toISOString(),
    updated_by: row.updated_by,
  };
}
