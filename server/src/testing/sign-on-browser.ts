import { singleSignOnSettings } from '../config/load-single-sign-on.ts';
import type { SingleSignOnSettings } from '../config/single-sign-on-settings.ts';
import type { IdentityProvider } from './identity-provider.ts';
import type { TestAnswer, TestApp } from './start-test-app.ts';

/** What a browser does with a gateway when its person signs in with a provider. It keeps its cookies. */
export interface SignOnBrowser {
  readonly cookies: Map<string, string>;
  /** Opens an address of the gateway, as a person who types it in. */
  open(address: string): Promise<TestAnswer>;
  /** Begins a sign-in. @returns the address of the provider. */
  begin(query?: Record<string, string>): Promise<string>;
  /** The whole way: begins, signs in at the provider, and comes back. */
  signOn(provider: IdentityProvider, name: string, query?: Record<string, string>): Promise<TestAnswer>;
  /** The token of the session that the browser has, or null. */
  session(): string | null;
}

/** A new browser without any cookie. Every address is asked of this gateway, whatever name it has for itself. */
export function openBrowser(app: TestApp): SignOnBrowser {
  const cookies = new Map<string, string>();
  const browser: SignOnBrowser = {
    cookies,
    async open(address) {
      const { pathname, search } = new URL(address, app.url);
      const root = new URL(app.url).pathname.replace(/\/$/, '');
      const answer = await app.send('GET', pathname.slice(root.length) + search, {
        key: null,
        headers: {
          accept: 'text/html,application/xhtml+xml',
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        },
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';');
        cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      return answer;
    },
    async begin(query = { provider: 'generic' }) {
      const answer = await browser.open(`${app.url}/sso/key/generate?${new URLSearchParams(query)}`);
      const location = answer.headers.get('location');
      if (answer.status !== 303 || location === null)
        throw new Error(`No sign-in began: ${answer.status} ${answer.text}`);
      return location;
    },
    async signOn(provider, name, query) {
      return browser.open(await provider.signIn(await browser.begin(query), name));
    },
    session: () => cookies.get('latchkey_session') ?? null,
  };
  return browser;
}

/** Settings as the environment gives them, with this provider as the generic one; what is set to nothing is not set. */
export function settingsFor(
  provider: Pick<IdentityProvider, 'issuer' | 'clientId' | 'clientSecret'>,
  environment: Record<string, string> = {},
  addresses: Partial<SingleSignOnSettings['addresses']> = {},
): SingleSignOnSettings {
  const variables = {
    GENERIC_CLIENT_ID: provider.clientId,
    GENERIC_CLIENT_SECRET: provider.clientSecret,
    GENERIC_DISCOVERY_URL: provider.issuer,
    ...environment,
  };
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const settings = singleSignOnSettings(set, {});
  return { ...settings, addresses: { ...settings.addresses, ...addresses } };
}
