import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import { sessionNeeded } from '../../http/credential-errors.ts';
import type { Parts } from '../parts.ts';
import { revokeSession } from '../sessions/index.ts';
import type { ProviderSignIn } from './provider-sign-in.ts';
import type { signOut as endpoint } from './sign-in.contract.ts';

/**
 * Ends the caller's session at once and everywhere, and says where the browser should go: to `PROXY_LOGOUT_URL`
 * when it is set.
 * A session that a provider has confirmed ends there too, where that is set; from there the browser goes on.
 * @throws ApiError 403 for a caller without a session.
 */
export async function signOut(
  parts: Parts,
  providers: ProviderSignIn,
  call: Call,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { sessionHash } = call.principal;
  if (sessionHash === null) throw sessionNeeded('/session/logout');
  const atProvider = await providers.logoutUrl(call);
  const hasEnded = await parts.changes.change(call.context, async (tx) => ({
    result: await revokeSession(tx, sessionHash, parts.now()),
    audit: { action: 'signed-out', object: { type: 'session', id: sessionHash } },
  }));
  call.clearSessionCookie();
  return {
    message: hasEnded ? 'Session revoked.' : 'Session already revoked.',
    redirect_url: atProvider ?? parts.settings.proxyLogoutUrl ?? `${call.baseUrl}/ui/login?signed_out=1`,
  };
}
