import type * as z from 'zod/mini';
import type { MailSettingName } from '../../mail/mail-settings.contract.ts';
import type { Parts } from '../parts.ts';
import type { getEmailSettings as endpoint } from './email.contract.ts';
import { presentEmailSettings } from './present-email-settings.ts';

/** How mail, Slack and webhooks are set up, what each value means, and where it comes from. */
export async function getEmailSettings(parts: Parts): Promise<z.infer<(typeof endpoint)['result']>> {
  return {
    ...presentEmailSettings(parts, await parts.mail.setup(parts.storage.db)),
    field_schema: {
      description: 'How the gateway tells people and programs what has happened',
      properties: Object.fromEntries(
        Object.entries(meanings).map(([name, description]) => [name, { description, type: typeOf(name) }]),
      ),
    },
  };
}

const meanings: Readonly<Record<MailSettingName, string>> = {
  email_transport: 'smtp, resend or sendgrid; without it, the first of them that is set up',
  smtp_host: 'Name of the mail server',
  smtp_port: 'Its port: 587 unless set; 465 is encrypted from the start',
  smtp_tls: 'True: encrypted (STARTTLS), or not at all sent; False: not encrypted',
  smtp_username: 'User name at the mail server; none for a server that asks for no login',
  smtp_password: 'Its password; stored encrypted and never shown',
  smtp_sender_email: 'Who mail comes from: gateway@example.com, or Example AI <gateway@example.com>',
  resend_api_key: 'API key at Resend; stored encrypted and never shown',
  resend_sender_email: 'Who mail by Resend comes from; smtp_sender_email unless set',
  sendgrid_api_key: 'API key at SendGrid; stored encrypted and never shown',
  sendgrid_sender_email: 'Who mail by SendGrid comes from; smtp_sender_email unless set',
  email_logo_url: 'Address of a picture at the top of every mail, 28 pixels high; without it, the name Latchkey',
  email_support_contact: 'An e-mail address or a link for questions, at the bottom of every mail',
  email_signature: 'Footer of every mail: text with <b>, <i>, <p>, <br> and <a href>',
  email_subject_invitation: 'Subject of invitations; {event_message} stands for the usual one',
  email_subject_key_created: 'Subject of mails about new keys',
  email_subject_key_rotated: 'Subject of mails about replaced keys',
  slack_webhook_url: 'Incoming webhook of Slack; stored encrypted and never shown',
  webhook_url: 'Address that is called for every event; stored encrypted and never shown',
  webhook_secret: 'Calls are signed with it (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature)',
};

function typeOf(name: string): string {
  return name === 'smtp_port' ? 'number' : name === 'smtp_tls' ? 'boolean' : 'string';
}
