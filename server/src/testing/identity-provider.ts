import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** Claims about a person, by name. */
export type TestClaims = Record<string, unknown>;

/** A real OpenID Connect provider (`oidc-provider`) in this process, with a login form of its own. */
export interface IdentityProvider {
  /** Its address, and the `iss` of its tokens. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What it knows of people, by the name that they type into its form; it is their `sub` too. */
  readonly people: Map<string, TestClaims>;
  /** Changes the claims of ID tokens on their way; they are signed again with the provider's own key. */
  changeIdToken: ((claims: TestClaims) => TestClaims) | null;
  /** Addresses that were asked for, without their queries. */
  readonly seen: string[];
  /** A token for an API, as a program of this person would have it: signed with the provider's key. */
  accessToken(claims: TestClaims, header?: { alg?: string; kid?: string }): string;
  /**
   * Does what a browser does at the provider: follows the address of a sign-in, fills in the form, agrees.
   * @returns the address that the browser is sent back to.
   */
  signIn(authorizationUrl: string, name: string): Promise<string>;
  /** Stops answering. */
  close(): Promise<void>;
}

const clientId = 'latchkey';
const clientSecret = 'the-secret-of-the-client-at-the-provider';
const keyId = 'test-key';

/**
 * Starts a provider on a free port. It sends people back to any address that ends in `/sso/callback`.
 * @param options.port a port that was free a moment ago, for a provider that comes back.
 */
export async function startIdentityProvider(
  options: { port?: number; people?: Record<string, TestClaims> } = {},
): Promise<IdentityProvider> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signed = (header: object, claims: object) => {
    const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${parts}.${sign('RSA-SHA256', Buffer.from(parts), privateKey).toString('base64url')}`;
  };
  const people = new Map(Object.entries(options.people ?? {}));
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url?.split('?')[0] ?? '');
    if (request.method === 'POST' && request.url === '/token') changeAnswer(response, changeTokens);
    void serve(request, response);
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serve = quietly(() => createProvider(issuer, people, privateKey.export({ format: 'jwk' }))).callback() as (
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<void>;

  function changeTokens(body: string): string {
    const tokens = JSON.parse(body) as { id_token?: string };
    if (!provider.changeIdToken || tokens.id_token === undefined) return body;
    const [header = {}, claims = {}] = tokens.id_token
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as TestClaims);
    return JSON.stringify({ ...tokens, id_token: signed(header, provider.changeIdToken(claims)) });
  }

  const provider: IdentityProvider = {
    issuer,
    clientId,
    clientSecret,
    people,
    changeIdToken: null,
    seen,
    accessToken(claims, header = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const usual = { iss: issuer, aud: 'latchkey-api', iat: now, exp: now + 600 };
      return signed({ alg: 'RS256', typ: 'at+jwt', kid: keyId, ...header }, { ...usual, ...claims });
    },
    signIn: (authorizationUrl, name) => signIn(issuer, authorizationUrl, name),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}

function createProvider(issuer: string, people: Map<string, TestClaims>, privateJwk: object): Provider {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: ['https://gateway.example.com/sso/callback'],
        post_logout_redirect_uris: ['https://gateway.example.com/ui/login'],
      },
    ],
    claims: {
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username', 'groups', 'role', 'roles', 'teams', 'realm', 'userType', 'xms_edov'],
    },
    // ID tokens with everything in them, as Google and Microsoft make them.
    conformIdTokenClaims: false,
    cookies: { keys: ['a key that signs the cookies of a test'] },
    findAccount: (_context, name) => {
      const claims = people.get(name);
      return claims && { accountId: name, claims: () => ({ ...claims, sub: name }) };
    },
    jwks: { keys: [{ ...privateJwk, kid: keyId, use: 'sig', alg: 'RS256' }] },
    features: { devInteractions: { enabled: true } },
    ttl: { AuthorizationCode: 60, AccessToken: 600, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  });
  // Gateways of tests listen where there is a port free.
  Object.assign(provider.Client.prototype, {
    redirectUriAllowed: (uri: string) => uri.endsWith('/sso/callback'),
    postLogoutRedirectUriAllowed: () => true,
  });
  return provider;
}

/** Makes something that complains on the console that it is for development only, which this is. */
function quietly<Result>(make: () => Result): Result {
  const { info, warn } = console;
  console.info = console.warn = () => undefined;
  try {
    return make();
  } finally {
    Object.assign(console, { info, warn });
  }
}

/** Replaces the text of an answer before it is sent. */
function changeAnswer(response: ServerResponse, change: (body: string) => string): void {
  const end = response.end.bind(response);
  response.end = ((body?: unknown) => {
    if (typeof body !== 'string' || response.statusCode !== 200) return end(body);
    const changed = change(body);
    response.setHeader('content-length', Buffer.byteLength(changed));
    return end(changed);
  }) as typeof response.end;
}

async function signIn(issuer: string, authorizationUrl: string, name: string): Promise<string> {
  const cookies = new Map<string, string>();
  let url = authorizationUrl;
  let form: URLSearchParams | null = null;
  for (let step = 0; step < 12; step += 1) {
    const response: Response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') },
      ...(form ? { method: 'POST', body: form } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = response.headers.get('location');
    const page = await response.text();
    if (location !== null) {
      url = new URL(location, url).href;
      form = null;
      if (!url.startsWith(`${issuer}/`)) return url;
      continue;
    }
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) throw new Error(`The provider shows no form: ${response.status} ${page.slice(0, 500)}`);
    url = new URL(action, url).href;
    form = new URLSearchParams(
      page.includes('name="login"') ? { prompt: 'login', login: name, password: 'any' } : { prompt: 'consent' },
    );
  }
  throw new Error('The provider does not come to an end.');
}
