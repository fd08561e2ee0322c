import { type MailSettingName, mailSettingNames } from '../mail/mail-settings.contract.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigFile } from './config-file-shape.ts';
import type { MailSettings } from './mail-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** LiteLLM's callbacks that send mail, and the transport that each stands for (contract 7.1). */
const transportOfCallback: Readonly<Record<string, string>> = {
  smtp_email: 'smtp',
  resend_email: 'resend',
  sendgrid_email: 'sendgrid',
};

/** Reads what is said about mail. @throws ConfigError for a value that cannot be meant. */
export function mailSettings(config: ConfigFile, environment: Environment): MailSettings {
  const general = config.general_settings ?? {};
  const values: Partial<Record<MailSettingName, string>> = {};
  const chosen = mailCallbacks(config).map((callback) => transportOfCallback[callback])[0];
  if (chosen !== undefined) values.email_transport = chosen;
  for (const name of mailSettingNames) {
    const value = environment[name.toUpperCase()];
    if (value !== undefined) values[name] = value;
  }
  return {
    values,
    resendBaseUrl: readBase(environment, 'RESEND_API_BASE', 'https://api.resend.com'),
    sendgridBaseUrl: readBase(environment, 'SENDGRID_API_BASE', 'https://api.sendgrid.com'),
    includesKeySecrets: isTrue(environment['EMAIL_INCLUDE_API_KEY']),
    testRecipient: environment['TEST_EMAIL_ADDRESS'] ?? null,
    budgetAlertPercent: readPercent(environment['EMAIL_BUDGET_ALERT_MAX_SPEND_ALERT_PERCENTAGE']),
    alerting: general.alerting ?? null,
    alertTypes: general.alert_types ?? null,
    allowsPrivateTargets: isTrue(environment['WEBHOOK_ALLOW_PRIVATE_NETWORK']),
  };
}

/** Callbacks of the config file that this version does not know, for the warnings at start. */
export function unknownCallbacks(config: ConfigFile): string[] {
  return (config.litellm_settings?.callbacks ?? []).filter((callback) => transportOfCallback[callback] === undefined);
}

function mailCallbacks(config: ConfigFile): string[] {
  return (config.litellm_settings?.callbacks ?? []).filter((callback) => transportOfCallback[callback] !== undefined);
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(true|1|yes)$/i.test(text);
}

function readBase(environment: Environment, name: string, usual: string): string {
  const text = environment[name] ?? usual;
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new ConfigError(`${name} is '${text}', but must be an address such as ${usual}.`);
  return text.replace(/\/+$/, '');
}

function readPercent(text: string | undefined): number {
  const part = Number(text ?? '0.8');
  if (Number.isFinite(part) && part > 0 && part < 1) return Math.round(part * 100);
  throw new ConfigError(
    `EMAIL_BUDGET_ALERT_MAX_SPEND_ALERT_PERCENTAGE is '${text}', but must be a part of the budget between 0 and 1, such as 0.8.`,
  );
}
