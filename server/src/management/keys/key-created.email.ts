import type { EmailTemplate } from '../../mail/email-template.ts';
import { announcedKey, type KeyMail, keyButton, keyFacts, nameOfKey, sampleKeyMail } from './key-mail.ts';

declare module '../../mail/mail-data.ts' {
  interface MailData {
    /** `secret`: the key itself, only where the settings ask for it (`EMAIL_INCLUDE_API_KEY`). */
    'Virtual Key Created': KeyMail & { readonly secret: string | null };
  }
}

/** What stands in a mail in place of the secret (contract 7.2). */
export const hiddenSecret = '[Key hidden for security - retrieve from dashboard]';

/** Tells the owner of a key that it exists. */
export const keyCreatedEmail: EmailTemplate<'Virtual Key Created'> = {
  event: 'Virtual Key Created',
  sample: (baseUrl) => ({ ...sampleKeyMail(baseUrl), secret: null }),
  subject: (key) => `Your key ${nameOfKey(key)} was created`,
  body: (key) => ({
    preview: 'With it your programs call models through Latchkey.',
    heading: 'You have a new key',
    blocks: [
      { kind: 'text', text: 'A key was created for you. With it your programs call models through Latchkey.' },
      { kind: 'code', text: key.secret ?? hiddenSecret },
      ...(key.secret === null
        ? [
            {
              kind: 'text' as const,
              text: 'Whoever created it can hand it to you; or regenerate it on its page, and the new one is shown to you there, once.',
            },
          ]
        : [
            {
              kind: 'text' as const,
              text: 'Keep it like a password: whoever has it spends from your budget. Put it where your programs find it, and delete this mail.',
            },
          ]),
      ...keyButton(key, 'Open the key'),
      keyFacts(key),
    ],
  }),
  announcement: (key) => ({
    ...announcedKey(key),
    event: 'key_created',
    event_message: `Key created: ${nameOfKey(key)}${key.userEmail === null ? '' : ` for ${key.userEmail}`}`,
    alertType: 'new_virtual_key_created',
  }),
};
