import { invitationLink } from '../../http/console-links.contract.ts';
import type { EmailTemplate } from '../../mail/email-template.ts';
import { writeInstant } from '../../mail/write-instant.ts';
import { writePeriod } from '../../mail/write-period.ts';
import { writeUsd } from '../../money/write-usd.ts';

/** An invitation, as its mail tells it. */
export interface InvitationMail {
  readonly userId: string;
  readonly userEmail: string | null;
  /** Where the password is chosen; null: this is about a person who was added without an invitation. */
  readonly link: string | null;
  /** Who invites; null: whoever holds the master key. */
  readonly inviter: string | null;
  /** `set-up` for a new account, `reset` for one that has a password already. */
  readonly purpose: 'set-up' | 'reset';
  /** True when the person was added just now. */
  readonly isNewUser: boolean;
  readonly role: string;
  readonly teams: readonly string[];
  readonly maxBudgetNanoUsd: number | null;
  /** Such as `1mo`. */
  readonly budgetDuration: string | null;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly timeZone: string;
}

declare module '../../mail/mail-data.ts' {
  interface MailData {
    'New User Invitation': InvitationMail;
  }
}

/** What the roles mean, for people. */
const roleInWords: Readonly<Record<string, string>> = {
  proxy_admin: 'Admin: you can manage everything',
  proxy_admin_viewer: 'Admin viewer: you can see all keys and all usage',
  internal_user: 'You can create your own keys and see your own usage',
  internal_user_viewer: 'You can see your own keys and your own usage',
};

/** The mail with which somebody receives an account, or a link to choose a new password. */
export const invitationEmail: EmailTemplate<'New User Invitation'> = {
  event: 'New User Invitation',
  sample: (baseUrl) => ({
    userId: 'e9d45c7c-b20b-4ff8-ae76-3f479a7b1d7d',
    userEmail: 'ann@example.com',
    link: invitationLink(baseUrl, 'a2f0918f-43b0-4770-a664-96ddd192966e'),
    inviter: 'Ana Ruiz',
    purpose: 'set-up',
    isNewUser: true,
    role: 'internal_user',
    teams: ['Research', 'Platform'],
    maxBudgetNanoUsd: 10_000_000_000,
    budgetDuration: '1mo',
    expiresAt: Date.UTC(2026, 5, 13, 9, 30),
    timeZone: 'UTC',
  }),
  subject: ({ inviter, purpose }) => {
    if (purpose === 'reset') return 'Choose a new password for Latchkey';
    return inviter === null ? 'You are invited to Latchkey' : `${inviter} invited you to Latchkey`;
  },
  body: (data) => (data.purpose === 'reset' ? resetBody(data) : invitationBody(data)),
  announcement: ({ userId, userEmail, isNewUser }) =>
    isNewUser
      ? {
          event: 'internal_user_created',
          event_group: 'internal_user',
          event_message: `New user added: ${userEmail ?? userId}`,
          alertType: 'new_internal_user_created',
          user_id: userId,
          user_email: userEmail,
        }
      : null,
};

function invitationBody(data: InvitationMail) {
  return {
    preview: 'Choose a password, and create your first key.',
    heading: data.inviter === null ? 'You are invited to Latchkey' : `${data.inviter} invited you to Latchkey`,
    blocks: [
      {
        kind: 'text' as const,
        text: 'Latchkey gives you keys for language models, and shows you what they are used for and what they cost. Choose a password to begin.',
      },
      ...button(data, 'Accept the invitation'),
      {
        kind: 'facts' as const,
        facts: [
          ...(data.userEmail === null ? [] : [['Your address', data.userEmail] as const]),
          ['Your role', roleInWords[data.role] ?? data.role] as const,
          ...(data.teams.length === 0 ? [] : [['Your teams', data.teams.join(', ')] as const]),
          ...(data.maxBudgetNanoUsd === null
            ? []
            : [['Your budget', writeBudget(data.maxBudgetNanoUsd, data.budgetDuration)] as const]),
          ['Link valid until', writeInstant(data.expiresAt, data.timeZone)] as const,
        ],
      },
      {
        kind: 'note' as const,
        text: 'The link works once, and only for you: please do not forward it. If you did not expect this mail, ignore it.',
      },
    ],
  };
}

function resetBody(data: InvitationMail) {
  return {
    preview: 'The link works once.',
    heading: 'Choose a new password',
    blocks: [
      {
        kind: 'text' as const,
        text: `${data.inviter ?? 'An admin'} sent you this link, with which you choose a new password for your account${data.userEmail === null ? '' : ` ${data.userEmail}`}. Until then your old password works.`,
      },
      ...button(data, 'Choose a new password'),
      { kind: 'facts' as const, facts: [['Link valid until', writeInstant(data.expiresAt, data.timeZone)] as const] },
      {
        kind: 'note' as const,
        text: 'The link works once, and only for you: please do not forward it. If you did not ask for it, tell your admin.',
      },
    ],
  };
}

function button({ link }: InvitationMail, label: string) {
  return link === null ? [] : [{ kind: 'button' as const, label, url: link }];
}

function writeBudget(nanoUsd: number, duration: string | null): string {
  const amount = writeUsd(nanoUsd);
  if (duration === null) return amount;
  return `${amount} every ${writePeriod(duration)}`;
}
