import type * as z from 'zod/mini';
import { settingDescriptions } from '../../config/setting-descriptions.ts';
import { type MailSettingName, secretMailSettings } from '../../mail/mail-settings.contract.ts';
import type { MailSetup } from '../../mail/mail-setup.ts';
import type { Parts } from '../parts.ts';
import { hiddenSecret } from '../single-sign-on/sso-settings.contract.ts';
import type {
  getActiveCallbacks as activeEndpoint,
  getConfigCallbacks as callbacksEndpoint,
} from './config.contract.ts';
import type { ConfigParts } from './config-parts.ts';
import { presentSetting } from './present-config.ts';
import { readStoredConfig } from './stored-config.store.ts';

/** What LiteLLM calls the ways to send mail, and the variables of each. */
const callbackOf = {
  smtp: {
    name: 'smtp_email',
    variables: ['smtp_host', 'smtp_port', 'smtp_username', 'smtp_password', 'smtp_sender_email', 'smtp_tls'],
  },
  resend: { name: 'resend_email', variables: ['resend_api_key', 'resend_sender_email'] },
  sendgrid: { name: 'sendgrid_email', variables: ['sendgrid_api_key', 'sendgrid_sender_email'] },
} as const;

/** How people are told, secrets hidden, and what the router was told. */
export async function getConfigCallbacks(parts: ConfigParts): Promise<z.infer<(typeof callbacksEndpoint)['result']>> {
  const setup = await parts.mail.setup(parts.storage.db);
  const stored = await readStoredConfig(parts.storage.db);
  const transport = setup.transport && callbackOf[setup.transport.kind];
  const routed = Object.entries(settingDescriptions.router_settings).filter(([, { isSecret }]) => isSecret !== true);
  return {
    status: 'success',
    callbacks: transport === null ? [] : [{ name: transport.name, variables: shown(setup, transport.variables) }],
    alerts: alertingOf(setup)
      .filter((name) => name !== 'email')
      .map((name) => ({
        name,
        variables: shown(setup, name === 'slack' ? ['slack_webhook_url'] : ['webhook_url', 'webhook_secret']),
        active_alerts: [...(name === 'slack' ? (parts.settings.mail.alertTypes ?? []) : [])],
        alerts_to_webhook: {},
      })),
    router_settings: Object.fromEntries(
      routed.map(([name]) => {
        const { field_value: value, field_default_value: otherwise } = presentSetting(
          parts.configuration,
          stored,
          'router_settings',
          name,
        );
        return [name, value ?? otherwise];
      }),
    ),
    available_callbacks: Object.fromEntries(
      Object.values(callbackOf).map(({ name }) => [name, { litellm_callback_name: name }]),
    ),
  };
}

/** Who is told of what has happened at this moment. */
export async function getActiveCallbacks(parts: Parts): Promise<z.infer<(typeof activeEndpoint)['result']>> {
  const setup = await parts.mail.setup(parts.storage.db);
  const callbacks = setup.transport === null ? [] : [callbackOf[setup.transport.kind].name];
  const alerting = alertingOf(setup);
  return {
    alerting,
    'litellm.callbacks': callbacks,
    num_callbacks: callbacks.length,
    num_alerting: alerting.length,
    'litellm.request_timeout': parts.settings.router.timeoutMs / 1000,
  };
}

function alertingOf({ transport, slackUrl, webhookUrl }: MailSetup): string[] {
  return [
    ...(transport === null ? [] : ['email']),
    ...(slackUrl === null ? [] : ['slack']),
    ...(webhookUrl === null ? [] : ['webhook']),
  ];
}

/** Settings under their variables' names. */
function shown({ values }: MailSetup, names: readonly MailSettingName[]): Record<string, string | null> {
  return Object.fromEntries(
    names.map((name) => {
      const value = values[name] ?? null;
      return [name.toUpperCase(), value !== null && secretMailSettings.has(name) ? hiddenSecret : value];
    }),
  );
}
