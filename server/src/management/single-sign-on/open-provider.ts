import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetchOptions,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client';
import type { Provider } from './providers.ts';

/** A provider whose addresses and keys are known. */
export interface OpenProvider {
  readonly provider: Provider;
  readonly configuration: Configuration;
  /** What the identities at this provider are unique within. */
  readonly issuer: string;
  /** Whether ID tokens can be checked; without, people are read from the userinfo endpoint alone. */
  readonly hasIdTokens: boolean;
}

/** Reads the discovery documents of providers, and remembers them. */
export interface ProviderDirectory {
  /**
   * @param maxAgeMs how old the last answer of the provider may be: a sign-in that begins wants to know that the
   * provider is there, one that ends has just come from it.
   * @throws an error of `openid-client` when the provider does not answer, or not rightly.
   */
  open(provider: Provider, maxAgeMs: number): Promise<OpenProvider>;
}

const timeoutSeconds = 10;
/** A provider that has just failed is not asked again by everybody who clicks. */
const failedForMs = 5_000;
const providersInMemory = 100;

/** Creates the directory with its memory. */
export function createProviderDirectory(now: () => number): ProviderDirectory {
  const opened = new LRUCache<string, { readonly openedAt: number; readonly provider: OpenProvider }>({
    max: providersInMemory,
  });
  const failed = new LRUCache<string, { readonly failedAt: number; readonly error: unknown }>({
    max: providersInMemory,
  });
  const opening = new Map<string, Promise<OpenProvider>>();
  return {
    async open(provider, maxAgeMs) {
      // Everything that can be set is in the name, so a changed setting is another provider.
      const name = createHash('sha256').update(JSON.stringify(provider)).digest('hex');
      const known = opened.get(name);
      if (known && now() - known.openedAt <= maxAgeMs) return known.provider;
      const failure = failed.get(name);
      if (failure && now() - failure.failedAt < failedForMs) throw failure.error;
      let pending = opening.get(name);
      if (!pending) {
        pending = openProvider(provider).finally(() => opening.delete(name));
        opening.set(name, pending);
      }
      try {
        const fresh = await pending;
        opened.set(name, { openedAt: now(), provider: fresh });
        failed.delete(name);
        return fresh;
      } catch (error) {
        failed.set(name, { failedAt: now(), error });
        throw error;
      }
    },
  };
}

async function openProvider(provider: Provider): Promise<OpenProvider> {
  const { clientId, clientSecret, server } = provider;
  if (!('discoveryUrl' in server)) {
    const configuration = new Configuration(
      {
        // Nothing of this provider names its issuer: the address that hands out tokens stands for it.
        issuer: new URL(server.tokenEndpoint).origin,
        authorization_endpoint: server.authorizationEndpoint,
        token_endpoint: server.tokenEndpoint,
        userinfo_endpoint: server.userinfoEndpoint,
      },
      clientId,
      undefined,
      clientSecret === null ? None() : ClientSecretBasic(clientSecret),
    );
    configuration.timeout = timeoutSeconds;
    configuration[customFetch] = (url, options) => fetchWithoutIdToken(url, options, server.tokenEndpoint);
    permitLoopback(configuration, server.tokenEndpoint);
    return { provider, configuration, issuer: configuration.serverMetadata().issuer, hasIdTokens: false };
  }
  const address = new URL(server.discoveryUrl);
  const configuration = await discovery(
    address,
    clientId,
    undefined,
    clientSecret === null ? None() : authenticateAsPreferred(clientSecret),
    { timeout: timeoutSeconds, execute: address.protocol === 'http:' ? [allowInsecureRequests] : [] },
  );
  enableNonRepudiationChecks(configuration);
  return { provider, configuration, issuer: configuration.serverMetadata().issuer, hasIdTokens: true };
}

/** Sends the client's secret in the way that the provider has said it takes. */
function authenticateAsPreferred(clientSecret: string): ClientAuth {
  const inBody = ClientSecretPost(clientSecret);
  const inHeader = ClientSecretBasic(clientSecret);
  return (server, ...rest) => {
    const takesBody = server.token_endpoint_auth_methods_supported?.includes('client_secret_post') === true;
    (takesBody ? inBody : inHeader)(server, ...rest);
  };
}

/** Settings with `http` were only let in for this machine. */
function permitLoopback(configuration: Configuration, address: string): void {
  if (address.startsWith('http:')) allowInsecureRequests(configuration);
}

/**
 * A provider without a discovery document may send an ID token all the same. There is nothing to check it against, so
 * it must not look checked: it is taken out before anybody reads it.
 */
async function fetchWithoutIdToken(
  url: string,
  { body, ...options }: CustomFetchOptions,
  tokenEndpoint: string,
): Promise<Response> {
  // All that a sign-in sends is forms.
  const response = await fetch(url, { ...options, body: body instanceof URLSearchParams ? body : null });
  if (url !== tokenEndpoint || !response.ok) return response;
  const { id_token: _unchecked, ...rest } = (await response.json()) as Record<string, unknown>;
  return Response.json(rest, { status: response.status });
}
