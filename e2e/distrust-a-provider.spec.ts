import {
  type IdentityProvider,
  startIdentityProvider,
  type TestClaims,
} from '../server/src/testing/identity-provider.ts';
import { settingsFor } from '../server/src/testing/sign-on-browser.ts';
import { startTestApp, type TestApp } from '../server/src/testing/start-test-app.ts';
import { test as base, expect, type Gateway, startGateway } from './gateway.ts';
import { freshEmail } from './people.ts';
import { expectRefusal, know, overview, signOn, userOf } from './provider-form.ts';

/** A gateway beside a provider whose answers are changed on their way, and signed again with its own published key. */
const test = base.extend<object, { provider: IdentityProvider; gateway: Gateway }>({
  provider: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
    async ({}, use) => {
      const provider = await startIdentityProvider();
      await use(provider);
      await provider.close();
    },
    { scope: 'worker' },
  ],
  gateway: [
    async ({ provider }, use) => {
      const { close, ...gateway } = await startGateway({
        GENERIC_CLIENT_ID: provider.clientId,
        GENERIC_CLIENT_SECRET: provider.clientSecret,
        GENERIC_DISCOVERY_URL: provider.issuer,
        GENERIC_DISPLAY_NAME: 'Acme ID',
      });
      await use(gateway);
      await close();
    },
    { scope: 'worker' },
  ],
});

const answers: readonly (readonly [about: string, reason: RegExp, change: (claims: TestClaims) => TestClaims])[] = [
  ['another sign-in (a wrong nonce)', /nonce/, (claims) => ({ ...claims, nonce: 'of another sign-in' })],
  ['no sign-in in particular (no nonce)', /nonce/, ({ nonce: _, ...claims }) => claims],
  ['another application (a wrong audience)', /aud/, (claims) => ({ ...claims, aud: 'another-application' })],
  [
    'several, handed out to another (a wrong party)',
    /azp/,
    (claims) => ({
      ...claims,
      aud: [claims['aud'], 'another-application'],
      azp: 'another-application',
    }),
  ],
  ['another provider (a wrong issuer)', /iss/, (claims) => ({ ...claims, iss: 'https://id.example.com' })],
  [
    'an hour ago (over)',
    /exp/,
    (claims) => ({ ...claims, iat: Number(claims['iat']) - 7_200, exp: Number(claims['iat']) - 3_600 }),
  ],
];

for (const [about, reason, change] of answers) {
  test(`An answer that was meant for ${about} signs nobody in, and says what to do`, async ({
    page,
    gateway,
    provider,
  }) => {
    const email = freshEmail('mallory');
    const name = know(provider, email);
    const usersBefore = (await gateway.request('GET', '/user/list')).body['total'];
    provider.changeIdToken = change;
    try {
      await signOn(page, name);
      const reference = await expectRefusal(
        page,
        'The answer of the sign-in provider could not be trusted, so nobody was signed in. Start again; if it stays so, an admin should look at the log of the gateway.',
      );
      await expect(page.getByRole('alert')).toContainText(reference);
      const [line = '', ...more] = gateway
        .log()
        .split('\n')
        .filter((text) => text.includes(reference));
      expect(more).toEqual([]);
      expect(JSON.parse(line)).toMatchObject({
        msg: 'nobody was signed in',
        code: 'answer_invalid',
        provider: 'generic',
        reason: expect.stringMatching(reason),
      });
      expect(line).not.toContain(email);
    } finally {
      provider.changeIdToken = null;
    }
    expect(await userOf(gateway, email)).toEqual([]);
    expect((await gateway.request('GET', '/user/list')).body['total']).toBe(usersBefore);
    expect((await gateway.request('GET', '/audit?action=signed-in')).body['total']).toBe(0);
  });
}

test('After a refusal the same button works, once the provider answers as it should', async ({
  page,
  provider,
  gateway,
}) => {
  const email = freshEmail('paula');
  const name = know(provider, email);
  provider.changeIdToken = (claims) => ({ ...claims, nonce: 'of another sign-in' });
  await signOn(page, name);
  await expectRefusal(page, 'could not be trusted');
  provider.changeIdToken = null;
  // At the provider they are still signed in: no form is in the way.
  await page.getByRole('link', { name: 'Continue with Acme ID' }).click();
  await expect(overview(page)).toBeVisible();
  expect(await userOf(gateway, email)).toHaveLength(1);
});

test.describe('Two providers beside each other', () => {
  let second: IdentityProvider;
  let app: TestApp;
  let gateway: Gateway;
  let consoleUrl: string;

  test.beforeAll(async ({ provider }) => {
    second = await startIdentityProvider();
    // Only here can a provider with a fixed address be somewhere else, so this gateway is put together here.
    const google = { GOOGLE_CLIENT_ID: second.clientId, GOOGLE_CLIENT_SECRET: second.clientSecret };
    app = await startTestApp({
      settings: {
        singleSignOn: settingsFor(provider, { GENERIC_DISPLAY_NAME: 'Acme ID', ...google }, { google: second.issuer }),
      },
    });
    consoleUrl = `${app.url}/ui/`;
    gateway = {
      url: app.url,
      masterKey: '',
      log: () => '',
      request: async (method, path, options = {}) => {
        const answer = await app.send(method, path, options);
        return { status: answer.status, body: answer.json() };
      },
    };
  });
  test.afterAll(async () => {
    await app.close();
    await second.close();
  });
  test('The same subject at the other provider is somebody else, whatever they call themselves', async ({
    browser,
    provider,
  }) => {
    const page = await (await browser.newContext({ baseURL: consoleUrl })).newPage();
    const email = freshEmail('sam');
    const subject = know(provider, email);
    await signOn(page, subject);
    await expect(overview(page)).toBeVisible();
    const [sam] = (await userOf(gateway, email)) as { user_id: string }[];
    await gateway.request('POST', '/user/update', { body: { user_id: sam?.user_id, user_role: 'proxy_admin' } });

    // Another person, whom the other provider happens to call the same; she even takes Sam's name.
    const otherEmail = freshEmail('samantha');
    second.people.set(subject, {
      ...{ email: otherEmail, email_verified: true, name: `Person ${subject}`, preferred_username: subject },
    });
    const context = await browser.newContext({ baseURL: consoleUrl });
    const other = await context.newPage();
    await signOn(other, subject, 'Google');
    await expect(overview(other)).toBeVisible();
    await expect(other.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' })).toBeHidden();
    const [samantha] = (await userOf(gateway, otherEmail)) as { user_id: string; user_role: string }[];
    expect(samantha?.user_id).not.toBe(sam?.user_id);
    expect(samantha?.user_role).toBe('internal_user_viewer');
    const identities = await app.storage.db
      .selectFrom('user_identities')
      .select(['issuer', 'subject', 'user_id'])
      .execute();
    expect(identities).toEqual(
      expect.arrayContaining([
        { issuer: provider.issuer, subject, user_id: sam?.user_id },
        { issuer: second.issuer, subject, user_id: samantha?.user_id },
      ]),
    );
    await Promise.all(browser.contexts().map((one) => one.close()));
  });

  test('The same subject with the same address opens the account only when the other provider has verified it', async ({
    browser,
    provider,
  }) => {
    const page = await (await browser.newContext({ baseURL: consoleUrl })).newPage();
    const email = freshEmail('tom');
    const subject = know(provider, email);
    await signOn(page, subject);
    await expect(overview(page)).toBeVisible();

    const claims = { email, name: 'Tom', preferred_username: subject };
    second.people.set(subject, { ...claims, email_verified: false });
    const context = await browser.newContext({ baseURL: consoleUrl });
    const other = await context.newPage();
    await signOn(other, subject, 'Google');
    await expectRefusal(other, 'has not verified your e-mail address');
    expect(await userOf(gateway, email)).toHaveLength(1);

    second.people.set(subject, { ...claims, email_verified: true });
    await other.getByRole('link', { name: 'Continue with Google' }).click();
    await expect(overview(other)).toBeVisible();
    expect(await userOf(gateway, email)).toHaveLength(1);
    await Promise.all(browser.contexts().map((one) => one.close()));
  });
});
