import type { EmailTemplate } from '../../mail/email-template.ts';
import {
  announcedKey,
  type KeyMail,
  keyButton,
  keyFacts,
  nameOfKey,
  sampleKeyMail,
  secretOrWhere,
} from './key-mail.ts';

declare module '../../mail/mail-data.ts' {
  interface MailData {
    /** `secret`: the key itself, only where the settings ask for it (`EMAIL_INCLUDE_API_KEY`). */
    'Virtual Key Created': KeyMail & { readonly secret: string | null };
  }
}

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
      ...secretOrWhere(
        key.secret,
        'For security the key itself does not stand in this mail. It was shown once, to whoever created it, and they can hand it to you.',
      ),
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
