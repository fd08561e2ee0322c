import type { EmailTemplate } from '../../mail/email-template.ts';

declare module '../../mail/mail-data.ts' {
  interface MailData {
    /** `asker`: who has asked for it. `link`: the console; null when nobody knows the gateway's address. */
    'Test Mail': { readonly asker: string; readonly transport: string; readonly link: string | null };
  }
}

const transportNames: Readonly<Record<string, string>> = { smtp: 'SMTP', resend: 'Resend', sendgrid: 'SendGrid' };

/** Shows an admin that mail arrives. */
export const testMailEmail: EmailTemplate<'Test Mail'> = {
  event: 'Test Mail',
  sample: (baseUrl) => ({ asker: 'Ana Ruiz', transport: 'smtp', link: `${baseUrl}/ui/` }),
  subject: () => 'Mail from Latchkey arrives',
  body: ({ asker, transport, link }) => ({
    preview: 'This is a test.',
    heading: 'Mail from Latchkey arrives',
    blocks: [
      {
        kind: 'text',
        text: `This is a test that ${asker} asked for, sent through ${transportNames[transport] ?? transport}. If you can read it, invitations and alerts arrive too.`,
      },
      ...(link === null ? [] : [{ kind: 'button' as const, label: 'Open Latchkey', url: link }]),
    ],
  }),
  announcement: () => null,
};
