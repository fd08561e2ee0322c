import { passwordResetLink } from '../../http/console-links.contract.ts';
import type { EmailTemplate } from '../../mail/email-template.ts';

/** A forgotten password, as its mail tells of it. */
export type PasswordResetMail =
  | {
      readonly kind: 'link';
      readonly userEmail: string;
      /** Where the new password is chosen. */
      readonly link: string;
      readonly validMinutes: number;
    }
  /** The person signs in elsewhere and has no password here. */
  | { readonly kind: 'single-sign-on'; readonly userEmail: string; readonly signInLink: string };

declare module '../../mail/mail-data.ts' {
  interface MailData {
    'Password Reset': PasswordResetMail;
  }
}

/** Leads somebody who has forgotten the password to a new one. */
export const passwordResetEmail: EmailTemplate<'Password Reset'> = {
  event: 'Password Reset',
  sample: (baseUrl) => ({
    kind: 'link',
    userEmail: 'ann@example.com',
    link: passwordResetLink(baseUrl, 'sample'),
    validMinutes: 30,
  }),
  subject: ({ kind }) => (kind === 'link' ? 'Choose a new password for Latchkey' : 'Your sign-in to Latchkey'),
  body: (data) =>
    data.kind === 'link'
      ? {
          preview: `The link works once, for ${data.validMinutes} minutes.`,
          heading: 'Choose a new password',
          blocks: [
            {
              kind: 'text',
              text: `Somebody, hopefully you, asked for a new password for ${data.userEmail}. The link works once, for ${data.validMinutes} minutes.`,
            },
            { kind: 'button', label: 'Choose a new password', url: data.link },
            {
              kind: 'note',
              text: 'If it was not you, ignore this mail: nothing has changed, and your password still works.',
            },
          ],
        }
      : {
          preview: 'You have no password here.',
          heading: 'You have no password here',
          blocks: [
            {
              kind: 'text',
              text: `Somebody, hopefully you, asked for a new password for ${data.userEmail}. This account signs in through your organization, so there is no password to choose.`,
            },
            { kind: 'button', label: 'Sign in', url: data.signInLink },
            { kind: 'note', text: 'If it was not you, ignore this mail: nothing has changed.' },
          ],
        },
  announcement: () => null,
};
