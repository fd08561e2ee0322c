/**
 * What can be set about mail, Slack and webhooks, by the name of the API. The environment variable of each is the
 * same name in capitals (contract 5.4 and 7.1); what is set through the API stands above the environment.
 */
export const mailSettingNames = [
  'email_transport',
  'smtp_host',
  'smtp_port',
  'smtp_tls',
  'smtp_username',
  'smtp_password',
  'smtp_sender_email',
  'resend_api_key',
  'resend_sender_email',
  'sendgrid_api_key',
  'sendgrid_sender_email',
  'email_logo_url',
  'email_support_contact',
  'email_signature',
  'email_subject_invitation',
  'email_subject_key_created',
  'email_subject_key_rotated',
  'slack_webhook_url',
  'webhook_url',
  'webhook_secret',
] as const;

/** The name of a setting. */
export type MailSettingName = (typeof mailSettingNames)[number];

/** Settings that are written and never shown again; a webhook's address may hold a token. */
export const secretMailSettings: ReadonlySet<MailSettingName> = new Set<MailSettingName>([
  'smtp_password',
  'resend_api_key',
  'sendgrid_api_key',
  'slack_webhook_url',
  'webhook_url',
  'webhook_secret',
]);

/** The ways to send mail. */
export const mailTransports = ['smtp', 'resend', 'sendgrid'] as const;

/** A way to send mail. */
export type MailTransportName = (typeof mailTransports)[number];
