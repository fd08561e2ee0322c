import type { Transaction } from 'kysely';
import { buildEndSessionUrl } from 'openid-client';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { seal, unseal } from '../../storage/seal.ts';
import type { Parts } from '../parts.ts';
import { loadSsoSettings } from './load-sso-settings.ts';
import { findProvider, type ProviderName, providerNames } from './providers.ts';
import './single-sign-on.table.ts';
import type { SingleSignOnParts } from './single-sign-on-parts.ts';

/** Keeps with a session which provider has confirmed it, and the ID token that its end is told with. */
export async function keepProviderSession(
  tx: Transaction<Database>,
  { settings }: Parts,
  sessionHash: string,
  provider: ProviderName,
  idToken: string | null,
): Promise<void> {
  await tx
    .insertInto('sign_on_sessions')
    .values({
      session_hash: sessionHash,
      provider,
      sealed_id_token: idToken === null ? null : seal(bindingOf(settings.saltKey, sessionHash), idToken),
    })
    .execute();
}

/**
 * Where to send the browser of somebody who signs out here, so that they are signed out at their provider too; from
 * there it goes on to `PROXY_LOGOUT_URL`, else to the sign-in page (OpenID Connect RP-Initiated Logout).
 * @returns null for a session that no provider has confirmed, and where that is switched off, is not offered by the
 * provider, or the provider does not answer: signing out here never fails because of it.
 */
export async function providerLogoutUrl(parts: SingleSignOnParts, call: Call): Promise<string | null> {
  const { settings, storage } = parts;
  const { sessionHash } = call.principal;
  if (sessionHash === null) return null;
  const values = await loadSsoSettings(storage.db, parts);
  if (!values.end_provider_session) return null;
  const session = await storage.db
    .selectFrom('sign_on_sessions')
    .selectAll()
    .where('session_hash', '=', sessionHash)
    .executeTakeFirst();
  const name = providerNames.find((known) => known === session?.provider);
  const provider = name && findProvider(name, values, settings.singleSignOn);
  if (!session || !provider) return null;
  try {
    const open = await parts.directory.open(provider, stillKnownForMs);
    if (!open.configuration.serverMetadata().end_session_endpoint) return null;
    const idToken =
      session.sealed_id_token && String(unseal(bindingOf(settings.saltKey, sessionHash), session.sealed_id_token));
    return buildEndSessionUrl(open.configuration, {
      post_logout_redirect_uri: settings.proxyLogoutUrl ?? `${call.baseUrl}/ui/login?signed_out=1`,
      ...(idToken ? { id_token_hint: idToken } : {}),
    }).href;
  } catch (error) {
    parts.logRefusal({
      code: 'provider_unreachable',
      provider: provider.name,
      reference: call.requestId,
      reason: error instanceof Error ? error.message : String(error),
    });
    return null;
  }
}

const stillKnownForMs = 3_600_000;

function bindingOf(saltKey: string, sessionHash: string) {
  return { saltKey, purpose: 'single sign-on', id: sessionHash } as const;
}
