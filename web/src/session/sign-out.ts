import { signOut as signOutEndpoint } from '@latchkey/server/contract';
import { apiRoot, call, rememberCsrfToken } from '../api/call.ts';
import { queryClient } from '../api/query-client.ts';

/** Ends the session and leaves for the address that the gateway names. */
export async function signOut(): Promise<void> {
  const { redirect_url } = await call(signOutEndpoint, undefined, { onSignedOut: 'throw' }).catch(() => ({
    redirect_url: `${apiRoot}/ui/login`,
  }));
  rememberCsrfToken(null);
  queryClient.clear();
  // `replace`, so that Back does not lead into a page of the ended session.
  location.replace(redirect_url);
}
