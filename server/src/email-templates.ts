import type { EmailTemplates } from './mail/email-template.ts';
import { maxBudgetAlertEmail } from './management/alerts/max-budget-alert.email.ts';
import { maxBudgetReachedEmail } from './management/alerts/max-budget-reached.email.ts';
import { softBudgetEmail } from './management/alerts/soft-budget.email.ts';
import { testMailEmail } from './management/email/test-mail.email.ts';
import { invitationEmail } from './management/invitations/invitation.email.ts';
import { keyCreatedEmail } from './management/keys/key-created.email.ts';
import { keyExpiringEmail } from './management/keys/key-expiring.email.ts';
import { keyRotatedEmail } from './management/keys/key-rotated.email.ts';
import { passwordResetEmail } from './management/password-resets/password-reset.email.ts';

/** The mail of every event; each template stands beside the feature that it belongs to. */
export const emailTemplates: EmailTemplates = {
  'New User Invitation': invitationEmail,
  'Virtual Key Created': keyCreatedEmail,
  'Virtual Key Rotated': keyRotatedEmail,
  'Virtual Key Expiring': keyExpiringEmail,
  'Soft Budget Crossed': softBudgetEmail,
  'Max Budget Alert': maxBudgetAlertEmail,
  'Max Budget Reached': maxBudgetReachedEmail,
  'Password Reset': passwordResetEmail,
  'Test Mail': testMailEmail,
};
