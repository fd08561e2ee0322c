import type { EmailTemplate } from '../../mail/email-template.ts';
import { writeInstant } from '../../mail/write-instant.ts';
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
    'Virtual Key Rotated': KeyMail & {
      /** The new key, only where the settings ask for it. */
      readonly secret: string | null;
      /** Who did it; null: the gateway, because the key's time was over. */
      readonly by: string | null;
      /** Until then the old key works too, in epoch milliseconds; null: it has stopped. */
      readonly oldKeyEndsAt: number | null;
    };
  }
}

/** Tells the owner of a key that it has another secret. */
export const keyRotatedEmail: EmailTemplate<'Virtual Key Rotated'> = {
  event: 'Virtual Key Rotated',
  sample: (baseUrl) => ({
    ...sampleKeyMail(baseUrl),
    secret: null,
    by: 'Ana Ruiz',
    oldKeyEndsAt: Date.UTC(2026, 5, 7, 9, 30),
  }),
  subject: (key) => `Your key ${nameOfKey(key)} was replaced`,
  body: (key) => ({
    preview:
      key.oldKeyEndsAt === null ? 'The old one has stopped working.' : 'The old one works for a little while longer.',
    heading: 'Your key was replaced',
    blocks: [
      {
        kind: 'text',
        text: `${key.by ?? 'As planned, the gateway'} replaced your key by a new one; its budget and everything else stay. ${
          key.oldKeyEndsAt === null
            ? 'The old key has stopped working: put the new one where your programs look for it.'
            : `The old key works until ${writeInstant(key.oldKeyEndsAt, key.timeZone)}: put the new one where your programs look for it by then.`
        }`,
      },
      ...secretOrWhere(
        key.secret,
        `For security the new key does not stand in this mail. ${
          key.by === null
            ? 'Nobody has seen it yet: have the key replaced once more, and whoever does it is shown the new one.'
            : 'It was shown once, to whoever replaced it.'
        }`,
      ),
      ...keyButton(key, 'Open the key'),
      keyFacts(key),
      { kind: 'note', text: 'If you did not expect this, tell your admin.' },
    ],
  }),
  announcement: (key) => ({
    ...announcedKey(key),
    event: 'key_rotated',
    event_message: `Key replaced: ${nameOfKey(key)}${key.userEmail === null ? '' : ` of ${key.userEmail}`}`,
    alertType: 'virtual_key_updated',
  }),
};
