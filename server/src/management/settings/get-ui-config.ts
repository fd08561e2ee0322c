import type * as z from 'zod/mini';
import type { Parts } from '../parts.ts';
import type { getUiConfig as endpoint } from './settings.contract.ts';

/** What the sign-in page must know before anybody signs in. */
export function getUiConfig({ settings }: Parts): z.infer<(typeof endpoint)['result']> {
  return {
    server_root_path: settings.serverRootPath || '/',
    proxy_base_url: settings.proxyBaseUrl,
    auto_redirect_to_sso: false,
    admin_ui_disabled: false,
    sso_configured: false,
    // The hint says "admin and the master key", so it is only true while both are as they come.
    hide_default_credentials_hint: settings.uiUsername !== 'admin' || settings.uiPassword !== settings.masterKey,
  };
}
