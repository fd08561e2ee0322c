import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import { loadSsoSettings } from './load-sso-settings.ts';
import { findProvider, missingSettings, providerNames } from './providers.ts';
import type { getSignOnReadiness as endpoint } from './single-sign-on.contract.ts';
import type { SingleSignOnParts } from './single-sign-on-parts.ts';

type Readiness = z.infer<(typeof endpoint)['result']>;

/** A provider is asked this often at most, whoever asks us. */
const askedEveryMs = 30_000;

/**
 * Whether people can sign in with the providers that are set up and switched on.
 * @throws ApiError 503 with the same body while one of them lacks a setting or does not answer.
 */
export async function getReadiness(parts: SingleSignOnParts): Promise<Readiness> {
  const { storage, settings } = parts;
  const values = await loadSsoSettings(storage.db, parts);
  const names = providerNames.filter((name) => values[`${name}_enabled`] && values[`${name}_client_id`] !== null);
  const providers: Readiness['providers'] = [];
  for (const name of names) {
    const missing = missingSettings(name, values);
    const provider = findProvider(name, values, settings.singleSignOn);
    const answers = provider
      ? await parts.directory.open(provider, askedEveryMs).then(
          () => true,
          () => false,
        )
      : false;
    providers.push({ name, ready: answers, missing_environment_variables: missing });
  }
  const isHealthy = providers.every((provider) => provider.ready);
  const readiness: Readiness = {
    status: isHealthy ? 'healthy' : 'unhealthy',
    sso_configured: providers.length > 0,
    message: messageOf(providers),
    providers,
  };
  if (isHealthy) return readiness;
  throw new ApiError(503, readiness.message, { detail: readiness });
}

function messageOf(providers: Readiness['providers']): string {
  if (providers.length === 0) return 'No SSO provider configured';
  const sentences = providers
    .filter((provider) => !provider.ready)
    .map(({ name, missing_environment_variables: missing }) =>
      missing.length > 0 ? `${name} lacks ${missing.join(', ')}.` : `${name} does not answer.`,
    );
  return sentences.length === 0 ? 'SSO is properly configured' : sentences.join(' ');
}
