import { type MailSettingName, mailSettingNames, secretMailSettings } from '../../mail/mail-settings.contract.ts';
import { isTlsWanted, type MailSetup } from '../../mail/mail-setup.ts';
import type { MailValues } from '../../mail/stored-mail-settings.ts';
import type { Parts } from '../parts.ts';
import { hiddenSecret } from '../single-sign-on/sso-settings.contract.ts';

/** What is set about mail, as the API shows it: of a secret only whether there is one. */
export function presentEmailSettings({ settings }: Parts, setup: MailSetup) {
  return {
    values: presentMailValues(setup.values),
    provenance: Object.fromEntries(mailSettingNames.map((name) => [name, sourceOf(name, setup)])) as Record<
      MailSettingName,
      'database' | 'environment' | 'default'
    >,
    can_send: setup.problem === null,
    problem: setup.problem,
    warnings: warningsAbout(settings.proxyBaseUrl, setup),
  };
}

/** Values with their secrets hidden; null for what is not set. */
export function presentMailValues(values: MailValues): Record<MailSettingName, string | number | boolean | null> {
  return Object.fromEntries(mailSettingNames.map((name) => [name, present(name, values[name])])) as Record<
    MailSettingName,
    string | number | boolean | null
  >;
}

function present(name: MailSettingName, value: string | undefined): string | number | boolean | null {
  if (value === undefined) return null;
  if (secretMailSettings.has(name)) return hiddenSecret;
  if (name === 'smtp_port' && /^\d+$/.test(value)) return Number(value);
  return name === 'smtp_tls' ? isTlsWanted(value) : value;
}

function sourceOf(name: MailSettingName, { stored, values }: MailSetup) {
  if (stored[name] !== undefined) return 'database';
  return values[name] === undefined ? 'default' : 'environment';
}

function warningsAbout(proxyBaseUrl: string | null, { transport, webhookUrl, webhookSecret }: MailSetup): string[] {
  const warnings: string[] = [];
  if (proxyBaseUrl === null && transport !== null) {
    warnings.push(
      'PROXY_BASE_URL is not set: links lead to the address that the admin used who caused the mail, and mails about budgets and expiring keys have none.',
    );
  }
  if (transport?.kind === 'smtp' && transport.encryption === 'none' && transport.login !== null) {
    warnings.push('SMTP_TLS is False: the password and every link in a mail travel unencrypted to the mail server.');
  }
  if (webhookUrl !== null && webhookSecret === null) {
    warnings.push('webhook_secret is not set: receivers cannot tell calls of this gateway from forged ones.');
  }
  return warnings;
}
