import type { Kysely } from 'kysely';
import type { MailSettings } from '../config/mail-settings.ts';
import '../management/settings/config.table.ts';
import type { Database } from '../storage/database.ts';
import type { EmailLook } from './email-look.ts';
import { type MailAddress, mailable, parseSender } from './mail-address.ts';
import type { MailEvent } from './mail-events.contract.ts';
import type { MailSettingName } from './mail-settings.contract.ts';
import { type MailValues, openStoredMail, storedMailSettings } from './stored-mail-settings.ts';

/** The events that were switched off are kept in the table `config` under this name, as `{"off":[…]}`. */
export const storedEventSettings = 'email_event_settings';

/** How mail is sent. */
export type TransportSetup =
  | {
      readonly kind: 'smtp';
      readonly sender: MailAddress;
      readonly host: string;
      readonly port: number;
      /** `starttls` is required when it is asked for, `implicit` is TLS from the first byte (port 465). */
      readonly encryption: 'starttls' | 'implicit' | 'none';
      readonly login: { readonly username: string; readonly password: string } | null;
    }
  | {
      readonly kind: 'resend' | 'sendgrid';
      readonly sender: MailAddress;
      readonly apiKey: string;
      readonly baseUrl: string;
    };

/** Everything that is set about mail at one moment. */
export interface MailSetup {
  /** What is in force, by name. */
  readonly values: MailValues;
  /** What was set through the API. */
  readonly stored: MailValues;
  readonly transport: TransportSetup | null;
  /** Why no mail can be sent, and what to do about it; null when it can. */
  readonly problem: string | null;
  readonly look: EmailLook;
  readonly slackUrl: string | null;
  readonly webhookUrl: string | null;
  readonly webhookSecret: string | null;
  isOn(event: MailEvent): boolean;
}

/**
 * Reads what is set: environment and config file, above them what was set through the API. Read again for each use, so
 * that a change holds at once on every instance.
 */
export async function loadMailSetup(
  db: Kysely<Database>,
  options: { mail: MailSettings; saltKey: string; baseUrl: string | null },
): Promise<MailSetup> {
  const rows = await db
    .selectFrom('config')
    .select(['param_name', 'param_value'])
    .where('param_name', 'in', [storedMailSettings, storedEventSettings])
    .execute();
  const textOf = (name: string) => rows.find((row) => row.param_name === name)?.param_value;
  return mailSetup({
    ...options,
    ...openStoredMail(options.saltKey, textOf(storedMailSettings)),
    switchedOff: readSwitchedOff(textOf(storedEventSettings)),
  });
}

/** The events that an admin has switched off. */
export function readSwitchedOff(json: string | undefined): ReadonlySet<string> {
  const { off = [] } = JSON.parse(json ?? '{}') as { off?: string[] };
  return new Set(off);
}

/** Puts the settings together. */
export function mailSetup(options: {
  mail: MailSettings;
  baseUrl: string | null;
  stored: MailValues;
  /** What is stored and cannot be opened. */
  unreadable: readonly MailSettingName[];
  switchedOff: ReadonlySet<string>;
}): MailSetup {
  const { mail, stored } = options;
  const values: MailValues = { ...withoutEnvironmentOf(stored, mail.values), ...stored };
  const isAlerted = (channel: string) => mail.alerting === null || mail.alerting.includes(channel);
  const [closed] = options.unreadable;
  const transport =
    closed === undefined
      ? readTransport(values, mail)
      : `${closed} cannot be decrypted: LITELLM_SALT_KEY is not the one it was set with. Set it again.`;
  return {
    values,
    stored,
    transport: typeof transport === 'string' ? null : transport,
    problem: typeof transport === 'string' ? transport : null,
    look: {
      baseUrl: options.baseUrl,
      logoUrl: httpAddress(values.email_logo_url),
      supportContact: values.email_support_contact ?? null,
      signature: values.email_signature ?? null,
    },
    slackUrl: isAlerted('slack') ? (values.slack_webhook_url ?? null) : null,
    // Without the secret that it is to be signed with, a webhook stays silent.
    webhookUrl:
      isAlerted('webhook') && !options.unreadable.includes('webhook_secret') ? (values.webhook_url ?? null) : null,
    webhookSecret: values.webhook_secret ?? null,
    isOn: (event) => !options.switchedOff.has(event),
  };
}

/** Settings of one mail server. They belong together: a password goes to the server that it was given for. */
export const smtpSettings = ['smtp_host', 'smtp_port', 'smtp_tls', 'smtp_username', 'smtp_password'] as const;

/** Once a server is set through the API, nothing of the environment's server holds any more, its password least of all. */
function withoutEnvironmentOf(stored: MailValues, environment: MailValues): MailValues {
  if (!smtpSettings.some((name) => stored[name] !== undefined)) return environment;
  const names: ReadonlySet<string> = new Set(smtpSettings);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)));
}

const transportOrder = ['smtp', 'resend', 'sendgrid'] as const;

/** @returns the transport, or in words why there is none. */
function readTransport(values: MailValues, mail: MailSettings): TransportSetup | string {
  const credential = { smtp: values.smtp_host, resend: values.resend_api_key, sendgrid: values.sendgrid_api_key };
  const kind =
    transportOrder.find((name) => name === values.email_transport) ?? transportOrder.find((name) => credential[name]);
  if (kind === undefined) {
    return 'This gateway cannot send mail yet: set SMTP_HOST and SMTP_SENDER_EMAIL, RESEND_API_KEY or SENDGRID_API_KEY, or the same under Settings.';
  }
  if (!credential[kind]) {
    const missing = { smtp: 'SMTP_HOST', resend: 'RESEND_API_KEY', sendgrid: 'SENDGRID_API_KEY' }[kind];
    return `Mail is to be sent with ${kind}, but ${missing} is not set.`;
  }
  const sender = readSender(kind, values);
  if (typeof sender === 'string') return sender;
  if (kind !== 'smtp') {
    const baseUrl = kind === 'resend' ? mail.resendBaseUrl : mail.sendgridBaseUrl;
    return { kind, sender, apiKey: credential[kind], baseUrl };
  }
  return readSmtp(values, sender, credential.smtp ?? '');
}

/** Who mail comes from. A sender that was given for one transport stands in where another has none. */
function readSender(kind: (typeof transportOrder)[number], values: MailValues): MailAddress | string {
  const own = { smtp: 'smtp_sender_email', resend: 'resend_sender_email', sendgrid: 'sendgrid_sender_email' } as const;
  const text =
    values[own[kind]] ??
    values.smtp_sender_email ??
    values.sendgrid_sender_email ??
    values.resend_sender_email ??
    mailable(values.smtp_username);
  const name = own[kind].toUpperCase();
  if (text === null)
    return `Mail needs a sender: set ${name} to an address that your mail provider lets you send from.`;
  return (
    parseSender(text) ??
    `${name} is '${text}', but must be an address such as gateway@example.com or Example <gateway@example.com>.`
  );
}

function readSmtp(values: MailValues, sender: MailAddress, host: string): TransportSetup | string {
  const port = Number(values.smtp_port ?? '587');
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return `SMTP_PORT is '${values.smtp_port}', but must be a port such as 587.`;
  const wantsTls = isTlsWanted(values.smtp_tls ?? 'True');
  const username = values.smtp_username ?? '';
  const password = values.smtp_password ?? '';
  return {
    kind: 'smtp',
    sender,
    host,
    port,
    encryption: wantsTls ? (port === 465 ? 'implicit' : 'starttls') : 'none',
    login: username === '' && password === '' ? null : { username, password },
  };
}

/** What `SMTP_TLS` says: everything but a clear no is a yes. */
export function isTlsWanted(text: string): boolean {
  return !/^(false|0|no|off)$/i.test(text);
}

function httpAddress(text: string | null | undefined): string | null {
  const url = URL.parse(text ?? '');
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}
