import type { EmailTemplate } from '../../mail/email-template.ts';
import { writeInstant } from '../../mail/write-instant.ts';
import { announcedKey, type KeyMail, keyButton, keyFacts, nameOfKey, sampleKeyMail } from './key-mail.ts';

declare module '../../mail/mail-data.ts' {
  interface MailData {
    /** `daysLeft`: how often midnight comes before that; 0 on the day itself. */
    'Virtual Key Expiring': KeyMail & { readonly daysLeft: number };
  }
}

/** Tells the owner of a key that it will stop working. */
export const keyExpiringEmail: EmailTemplate<'Virtual Key Expiring'> = {
  event: 'Virtual Key Expiring',
  sample: (baseUrl) => ({ ...sampleKeyMail(baseUrl), daysLeft: 7 }),
  subject: (key) => `Your key ${nameOfKey(key)} stops working ${inDays(key.daysLeft)}`,
  body: (key) => ({
    preview: 'Create another one in time, or ask for more time.',
    heading: `Your key stops working ${inDays(key.daysLeft)}`,
    blocks: [
      {
        kind: 'text',
        text: `${key.expiresAt === null ? 'Soon' : `On ${writeInstant(key.expiresAt, key.timeZone)}`} this key stops working, and with it every program that uses it. Create another one in time, or let an admin extend it.`,
      },
      ...keyButton(key, 'Open the key'),
      keyFacts(key),
    ],
  }),
  announcement: (key) => ({
    ...announcedKey(key),
    event: 'key_expiring',
    event_message: `Key ${nameOfKey(key)}${key.userEmail === null ? '' : ` of ${key.userEmail}`} stops working ${inDays(key.daysLeft)}`,
    alertType: 'virtual_key_expiring',
  }),
};

function inDays(days: number): string {
  if (days === 0) return 'today';
  return days === 1 ? 'tomorrow' : `in ${days} days`;
}
