import { buildAuthorizationUrl, calculatePKCECodeChallenge } from 'openid-client';
import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import { refusalFor } from './ask-provider.ts';
import { beginAttempt } from './attempts.store.ts';
import { loadSsoSettings } from './load-sso-settings.ts';
import type { OpenProvider } from './open-provider.ts';
import { enabledProviders, type Provider } from './providers.ts';
import { returnPathOf } from './return-path.ts';
import { SignOnRefusal } from './sign-on-refusal.ts';
import type { startSignOn as endpoint } from './single-sign-on.contract.ts';
import type { SingleSignOnParts } from './single-sign-on-parts.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/** How long a provider that has answered is taken to be there. */
const reachableForMs = 30_000;

/**
 * The address of the provider at which a sign-in begins.
 * @throws SignOnRefusal, `provider_unreachable` among them: whoever clicks learns it here, not from a blank page.
 */
export async function startSignOn(parts: SingleSignOnParts, call: Call, input: Input): Promise<string> {
  const { singleSignOn } = parts.settings;
  const providers = enabledProviders(await loadSsoSettings(parts.storage.db, parts), singleSignOn);
  if (providers.length === 0) throw new SignOnRefusal('no_provider');
  const provider =
    input.provider === undefined ? providers[0] : providers.find((known) => known.name === input.provider);
  if (!provider) throw new SignOnRefusal('unknown_provider');
  return beginAt(parts, call, provider, { returnPath: returnPathOf(input.return), previewId: null });
}

/** Begins an attempt at this provider, and gives the browser the cookie for it. */
export async function beginAt(
  parts: SingleSignOnParts,
  call: Call,
  provider: Provider,
  attempt: { readonly returnPath: string; readonly previewId: string | null },
): Promise<string> {
  const open = await parts.directory.open(provider, reachableForMs).catch((error: unknown) => {
    throw refusalFor(error);
  });
  const redirectUri = callbackUrlOf(call);
  const { state, nonce, codeVerifier } = await beginAttempt(
    parts.storage.db,
    call,
    { provider: provider.name, redirectUri, ...attempt },
    parts.now(),
  );
  return authorizationUrl(open, { redirectUri, state, nonce, codeVerifier });
}

async function authorizationUrl(
  { configuration, provider, hasIdTokens }: OpenProvider,
  { redirectUri, state, nonce, codeVerifier }: Record<'redirectUri' | 'state' | 'nonce' | 'codeVerifier', string>,
): Promise<string> {
  return buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: provider.scope,
    state,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(hasIdTokens ? { nonce } : {}),
  }).href;
}

/** Where providers send the browser back to, for every provider the same (contract 6.4). */
export function callbackUrlOf(call: Pick<Call, 'baseUrl'>): string {
  return `${call.baseUrl}/sso/callback`;
}
