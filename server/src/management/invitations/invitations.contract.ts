import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, maybe } from '../../http/fields.contract.ts';
import { mailOutcome } from '../../mail/mail-outcome.contract.ts';

/** What became of the mail with an invitation's link. */
export const invitationEmail = z.object({
  ...mailOutcome.shape,
  /** The link, to hand over where no mail goes. */
  invitation_url: z.string(),
});

/** An invitation link: `{base}/ui/onboarding?id={id}`. Works once, for seven days. */
export const invitation = z.object({
  id: z.string(),
  user_id: z.string(),
  is_accepted: z.boolean(),
  accepted_at: z.nullable(instant),
  expires_at: instant,
  created_at: instant,
  created_by: z.string(),
  updated_at: instant,
  updated_by: z.string(),
});

/**
 * `POST /invitation/new`. An older open invitation of the same user stops working. Where mail is set up, the link is
 * mailed to the user unless `send_invite_email` is false; who sends that field is told what became of the mail.
 */
export const createInvitation = defineEndpoint({
  method: 'POST',
  path: '/invitation/new',
  summary: 'Invite a user: a link to set a password, valid seven days, works once',
  permission: 'invitation:create',
  body: z.object({ user_id: z.string(), send_invite_email: maybe(z.boolean()) }),
  result: z.object({ ...invitation.shape, email: z.optional(invitationEmail) }),
});

/** `GET /invitation/info`. */
export const getInvitation = defineEndpoint({
  method: 'GET',
  path: '/invitation/info',
  summary: 'One invitation',
  permission: 'invitation:read',
  errorShape: 'detail',
  query: z.object({ invitation_id: z.string() }),
  result: invitation,
});

/** `POST /invitation/update`. */
export const updateInvitation = defineEndpoint({
  method: 'POST',
  path: '/invitation/update',
  summary: 'Mark an invitation as accepted, so that it cannot be used any more',
  permission: 'invitation:update',
  errorShape: 'detail',
  body: z.object({ invitation_id: z.string(), is_accepted: z.boolean() }),
  result: invitation,
});

/** `POST /invitation/delete`. */
export const deleteInvitation = defineEndpoint({
  method: 'POST',
  path: '/invitation/delete',
  summary: 'Withdraw an invitation',
  permission: 'invitation:delete',
  errorShape: 'detail',
  body: z.object({ invitation_id: z.string() }),
  result: invitation,
});
