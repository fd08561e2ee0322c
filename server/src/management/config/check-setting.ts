import { type SettableSection, settableSections } from '../../config/configuration.ts';
import { misspeltProvider } from '../../config/load-configured-budgets.ts';
import { unknownCallbacks } from '../../config/load-mail-settings.ts';
import { nearestName } from '../../config/nearest-name.ts';
import { describeSetting, settingDescriptions } from '../../config/setting-descriptions.ts';
import { findUnknownName } from '../../config/setting-shape.ts';
import { ApiError } from '../../http/api-error.ts';
import { isSupportedProvider, supportedProviders } from '../../providers/openai-compatible.ts';

/**
 * Holds a name to what there is. @throws ApiError 400 that names what may have been meant.
 */
export function assertKnown(section: SettableSection, name: string): void {
  if (describeSetting(section, name)) return;
  const elsewhere = settableSections.find((other) => describeSetting(other, name));
  const names = Object.keys(settingDescriptions[section]);
  const nearest = nearestName(name, names);
  const hint =
    elsewhere === undefined
      ? nearest === null
        ? `The names are: ${names.join(', ')}.`
        : `Did you mean ${nearest}?`
      : `It belongs into ${elsewhere}.`;
  throw refuse(name, `Invalid field=${name.slice(0, 100)} passed in: ${section} has no such setting here. ${hint}`);
}

/**
 * Holds a name and a value to what can be set while the gateway runs. Whether the value is right is said by the checks
 * of the config file.
 * @throws ApiError 400.
 */
export function assertSettable(section: SettableSection, name: string, value: unknown): void {
  assertKnown(section, name);
  const fixed = describeSetting(section, name)?.fixed;
  if (fixed !== undefined) throw refuse(name, `${section}.${name} ${fixed} Nothing was changed.`);
  const unknown = findUnknownName(section, name, value);
  if (unknown !== null) {
    const last = unknown.path.split('.').at(-1) ?? '';
    const nearest = nearestName(last, unknown.known);
    throw refuse(
      name,
      `Invalid field=${section}.${unknown.path.slice(0, 200)} passed in. ${nearest === null ? `The names are: ${unknown.known.join(', ')}.` : `Did you mean ${nearest}?`} Nothing was changed.`,
    );
  }
  refuseReferences(name, value);
  if (name === 'provider_budget_config') assertProviders(name, value);
  if (name === 'callbacks' && Array.isArray(value)) {
    const [callback] = unknownCallbacks({ litellm_settings: { callbacks: value.map(String) } });
    if (callback !== undefined) {
      throw refuse(
        name,
        `There is no callback ${callback.slice(0, 100)} here: smtp_email, resend_email and sendgrid_email send mail. Nothing was changed.`,
      );
    }
  }
}

/** The config file's start only warns of these: it may be another version's too. */
function assertProviders(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const provider = Object.keys(value).find((one) => !isSupportedProvider(one));
  if (provider === undefined) return;
  const meant = misspeltProvider(provider);
  throw refuse(
    name,
    `router_settings.${name}.${provider.slice(0, 100)} would hold nothing, since there is no such provider. ${meant === null ? `The providers are: ${supportedProviders().join(', ')}.` : `Did you mean '${meant}'?`} Nothing was changed.`,
  );
}

/** The environment of the gateway holds secrets: only its own config file may name them. */
function refuseReferences(name: string, value: unknown): void {
  if (typeof value === 'string' && value.startsWith('os.environ/')) {
    throw refuse(name, `os.environ/ references are for the config file. Send the value itself. Nothing was changed.`);
  }
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) refuseReferences(name, member);
  }
}

/** 400 for a setting that cannot be set so. */
export function refuse(param: string, message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param });
}
