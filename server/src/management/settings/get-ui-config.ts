import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import type { getUiConfig as endpoint } from './settings.contract.ts';
import type { WaysToSignIn } from './ways-to-sign-in.ts';

/** What the sign-in page must know before anybody signs in. */
export async function getUiConfig(
  { settings }: Parts,
  ways: WaysToSignIn,
  call: Call,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { providers, passwordSignIn, autoRedirect } = await ways.offer(call);
  return {
    server_root_path: settings.serverRootPath || '/',
    proxy_base_url: settings.proxyBaseUrl,
    auto_redirect_to_sso: autoRedirect,
    admin_ui_disabled: false,
    sso_configured: providers.length > 0,
    // The hint says "admin and the master key", so it is only true while both are as they come.
    hide_default_credentials_hint: settings.uiUsername !== 'admin' || settings.uiPassword !== settings.masterKey,
    sso_providers: [...providers],
    password_sign_in: passwordSignIn,
  };
}
