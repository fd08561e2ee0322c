import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  fetchProtectedResource,
  fetchUserInfo,
  ResponseBodyError,
} from 'openid-client';
import type { SingleSignOnSettings } from '../../config/single-sign-on-settings.ts';
import { askMicrosoftGraph } from './ask-microsoft-graph.ts';
import type { AttemptSecrets } from './attempts.store.ts';
import type { OpenProvider } from './open-provider.ts';
import { type Claims, readTexts } from './read-claim.ts';
import { SignOnRefusal } from './sign-on-refusal.ts';

/** What a provider has said about the person in front of the browser. */
export interface ProviderAnswer {
  readonly issuer: string;
  readonly claims: Claims;
  /** To end the session at the provider with; null when it gave none. */
  readonly idToken: string | null;
}

/**
 * Exchanges the code of a callback for the claims about the person. State, nonce, PKCE, issuer, audience, times and
 * signature are checked before anything is believed.
 * @param query the callback's parameters as they came.
 * @throws SignOnRefusal with the cause for the log.
 */
export async function askProvider(
  open: OpenProvider,
  callback: { readonly query: Claims; readonly redirectUri: string; readonly secrets: AttemptSecrets },
  settings: SingleSignOnSettings,
): Promise<ProviderAnswer> {
  try {
    return await exchange(open, callback, settings);
  } catch (error) {
    throw refusalFor(error);
  }
}

async function exchange(
  open: OpenProvider,
  { query, redirectUri, secrets }: Parameters<typeof askProvider>[1],
  settings: SingleSignOnSettings,
): Promise<ProviderAnswer> {
  const { configuration, issuer } = open;
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(query)) {
    // The issuer of a provider without a discovery document is a name of ours.
    if (typeof value === 'string' && (open.hasIdTokens || name !== 'iss')) url.searchParams.append(name, value);
  }
  const tokens = await authorizationCodeGrant(configuration, url, {
    expectedState: secrets.state,
    pkceCodeVerifier: secrets.codeVerifier,
    ...(open.hasIdTokens ? { expectedNonce: secrets.nonce, idTokenExpected: true } : {}),
  });
  if (!open.hasIdTokens) {
    return { issuer, claims: await readUserInfo(open, tokens.access_token), idToken: null };
  }
  const fromToken: Claims = { ...tokens.claims() };
  const idToken = tokens.id_token ?? null;
  if (open.provider.name === 'microsoft') {
    const fromGraph = await askMicrosoftGraph(configuration, tokens.access_token, {
      graphUrl: settings.addresses.microsoftGraph,
      fields: Object.values(settings.microsoftClaims),
      wantsGroups: readTexts(fromToken, 'groups') === null,
      servicePrincipalId: settings.microsoftServicePrincipalId,
    });
    return { issuer: issuerOf(fromToken, issuer), claims: { ...fromGraph, ...fromToken }, idToken };
  }
  if (open.provider.name === 'google' || !configuration.serverMetadata().userinfo_endpoint) {
    return { issuer: issuerOf(fromToken, issuer), claims: fromToken, idToken };
  }
  const fromUserInfo = await fetchUserInfo(configuration, tokens.access_token, String(fromToken['sub']));
  return { issuer: issuerOf(fromToken, issuer), claims: mergeClaims(fromToken, fromUserInfo), idToken };
}

/** The issuer as the ID token names it: with Microsoft's shared endpoints it is the person's own tenant. */
function issuerOf(claims: Claims, issuer: string): string {
  return typeof claims['iss'] === 'string' ? claims['iss'] : issuer;
}

/** The userinfo endpoint says more, and newer things. "Verified" belongs to the address that it was said about. */
function mergeClaims(fromToken: Claims, fromUserInfo: Claims): Claims {
  const merged: Record<string, unknown> = { ...fromToken, ...fromUserInfo };
  const isOtherAddress = fromUserInfo['email'] !== undefined && fromUserInfo['email'] !== fromToken['email'];
  if (isOtherAddress && fromUserInfo['email_verified'] === undefined) delete merged['email_verified'];
  return merged;
}

async function readUserInfo({ configuration, provider }: OpenProvider, accessToken: string): Promise<Claims> {
  const address = 'userinfoEndpoint' in provider.server ? provider.server.userinfoEndpoint : '';
  const headers = new Headers({ accept: 'application/json' });
  const response = await fetchProtectedResource(
    configuration,
    accessToken,
    new URL(address),
    'GET',
    undefined,
    headers,
  );
  if (!response.ok) throw new Error(`The userinfo endpoint answered ${response.status}.`);
  const claims: unknown = await response.json();
  if (typeof claims !== 'object' || claims === null) throw new Error('The userinfo endpoint answered with no object.');
  return claims as Claims;
}

/** Which of the reasons an error of the protocol is. */
export function refusalFor(error: unknown): SignOnRefusal {
  if (error instanceof SignOnRefusal) return error;
  if (isUnreachable(error)) return new SignOnRefusal('provider_unreachable', error);
  if (error instanceof AuthorizationResponseError) return new SignOnRefusal('provider_refused', error);
  // The code was used, is too old, or is not for us.
  if (error instanceof ResponseBodyError && error.error === 'invalid_grant') {
    return new SignOnRefusal('provider_refused', error);
  }
  return new SignOnRefusal('answer_invalid', error);
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof ResponseBodyError) return error.status >= 500;
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'OAUTH_TIMEOUT') return true;
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') return error.cause instanceof Response && error.cause.status >= 500;
  // What `fetch` says of an address that nobody answers at.
  return error instanceof TypeError && error.message === 'fetch failed';
}
