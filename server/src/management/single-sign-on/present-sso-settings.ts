import type { SingleSignOnSettings, SingleSignOnValues } from '../../config/single-sign-on-settings.ts';
import { type StoredSsoValues, secretNames, valueNames } from './load-sso-settings.ts';
import { enabledProviders, missingSettings, providerNames } from './providers.ts';
import { hiddenSecret } from './sso-settings.contract.ts';

/** The settings as the API and the audit log show them: of a secret only whether there is one. */
export function presentSsoValues(values: StoredSsoValues): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      secretNames.has(name) && value !== null ? hiddenSecret : value,
    ]),
  );
}

/** Where each value comes from. */
export function sourcesOfSso(
  configured: StoredSsoValues,
  stored: StoredSsoValues,
): Record<string, 'database' | 'environment' | 'default'> {
  return Object.fromEntries(
    valueNames.map((name) => [
      name,
      stored[name] !== undefined ? 'database' : configured[name] !== undefined ? 'environment' : 'default',
    ]),
  );
}

/** What an admin should know of these settings before people use them. */
export function warningsAbout(
  values: SingleSignOnValues,
  stored: StoredSsoValues,
  settings: SingleSignOnSettings,
): string[] {
  const unreadable = valueNames.filter((name) => stored[name] === null);
  const warnings = unreadable.map(
    (name) => `${name} cannot be decrypted: LITELLM_SALT_KEY is not the one it was set with. Set it again.`,
  );
  const incomplete = providerNames.flatMap((name) => {
    const missing = missingSettings(name, values);
    return missing.length === 0
      ? []
      : [`${name} is not offered: ${missing.join(', ').toLowerCase()} ${missing.length === 1 ? 'is' : 'are'} not set.`];
  });
  warnings.push(...incomplete);
  const enabled = enabledProviders(values, settings).map((provider) => provider.name);
  const isOpen = values.allow_new_users && values.allowed_email_domains === null && values.ui_access_mode === 'all';
  if (isOpen && enabled.includes('google')) warnings.push(openToAll('a Google account'));
  if (isOpen && enabled.includes('microsoft') && isSharedTenant(values)) {
    warnings.push(openToAll('a Microsoft account'));
  }
  if (values.enforce_sso && enabled.length === 0) {
    warnings.push('enforce_sso has no effect: no provider is set up and switched on.');
  }
  return warnings;
}

function openToAll(account: string): string {
  return `Everybody in the world with ${account} can sign in. Set allowed_email_domains, or switch allow_new_users off.`;
}

function isSharedTenant({ microsoft_tenant: tenant }: SingleSignOnValues): boolean {
  return tenant !== null && ['common', 'organizations', 'consumers'].includes(tenant.toLowerCase());
}
