import type { SingleSignOnSettings, SingleSignOnValues } from '../../config/single-sign-on-settings.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { loadSsoSettings } from './load-sso-settings.ts';
import { enabledProviders } from './providers.ts';

/** What the sign-in page offers. */
export interface SignInOffer {
  readonly providers: readonly { readonly name: string; readonly label: string; readonly login_url: string }[];
  /** False where only admins may still sign in with a password. */
  readonly passwordSignIn: boolean;
  readonly autoRedirect: boolean;
}

/** What the sign-in page offers at this moment. */
export async function signInOffer(parts: Parts, call: Pick<Call, 'baseUrl'>): Promise<SignInOffer> {
  const values = await loadSsoSettings(parts.storage.db, parts);
  const providers = enabledProviders(values, parts.settings.singleSignOn);
  return {
    providers: providers.map(({ name, label }) => ({
      name,
      label,
      login_url: `${call.baseUrl}/sso/key/generate?provider=${name}`,
    })),
    passwordSignIn: !isEnforced(values, parts.settings.singleSignOn),
    autoRedirect: values.auto_redirect_to_sso && providers.length > 0,
  };
}

/**
 * Whether somebody may sign in without a provider. Admins always may: they must be able to mend what is wrong with
 * the provider.
 */
export async function mayUsePassword(parts: Parts, user: { readonly user_role: string }): Promise<boolean> {
  if (user.user_role === 'proxy_admin') return true;
  return !isEnforced(await loadSsoSettings(parts.storage.db, parts), parts.settings.singleSignOn);
}

/** A gateway without a provider that people could use instead enforces nothing. */
function isEnforced(values: SingleSignOnValues, settings: SingleSignOnSettings): boolean {
  return values.enforce_sso && enabledProviders(values, settings).length > 0;
}
