import { type IdentityProvider, startIdentityProvider } from '../server/src/testing/identity-provider.ts';
import { test as base, expect, type Gateway, startGateway } from './gateway.ts';
import { freshEmail, makePerson, openPage } from './people.ts';
import { expectRefusal, know, overview, signOn, typeName, userOf } from './provider-form.ts';

/** A gateway beside a provider with a login form of its own. People of acme.io may come in; its admins are admins. */
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
        GENERIC_ROLE_MAPPINGS_GROUP_CLAIM: 'groups',
        GENERIC_ROLE_MAPPINGS_ROLES: '{"proxy_admin": ["gateway-admins"]}',
        ALLOWED_EMAIL_DOMAINS: 'example.com',
        SSO_END_PROVIDER_SESSION: 'true',
      });
      await use(gateway);
      await close();
    },
    { scope: 'worker' },
  ],
});

test('Somebody new signs in with their provider, has an account, and is led to the page they wanted', async ({
  page,
  gateway,
  provider,
}) => {
  const email = freshEmail('nina');
  await page.goto('usage');
  await page.getByRole('link', { name: 'Continue with Acme ID' }).click();
  await typeName(page, know(provider, email));
  await expect(page.getByRole('heading', { level: 1, name: 'Usage' })).toBeVisible();
  expect(await userOf(gateway, email)).toEqual([
    expect.objectContaining({ user_email: email, user_role: 'internal_user_viewer', status: 'active', key_count: 0 }),
  ]);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === 'latchkey_session');
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
});

test('An invited person signs in with their provider in place of a password, and keeps role and id', async ({
  page,
  gateway,
  provider,
}) => {
  const email = freshEmail('ivan');
  const body = { user_email: email, user_role: 'internal_user', auto_create_key: false };
  const { body: user } = await gateway.request('POST', '/user/new', { body });
  const { body: invitation } = await gateway.request('POST', '/invitation/new', { body: { user_id: user['user_id'] } });
  await signOn(page, know(provider, email));
  await expect(overview(page)).toBeVisible();
  await openPage(page, 'Keys');
  await expect(page.getByRole('button', { name: 'Create key', exact: true })).toBeVisible();
  expect(await userOf(gateway, email)).toEqual([
    expect.objectContaining({ user_id: user['user_id'], status: 'active' }),
  ]);
  await page.goto(`onboarding?id=${String(invitation['id'])}`);
  await expect(page.getByRole('heading', { name: 'Already set up' })).toBeVisible();
});

test('An admin of the provider is an admin here, until they leave the group', async ({
  page,
  browser,
  provider,
  baseURL,
}) => {
  const email = freshEmail('ada');
  const name = know(provider, email, { groups: ['gateway-admins'] });
  await signOn(page, name);
  await openPage(page, 'Users');
  await expect(page.getByRole('row', { name: new RegExp(email) })).toBeVisible();

  know(provider, email, { groups: [] });
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL });
  const later = await context.newPage();
  await signOn(later, name);
  await expect(overview(later)).toBeVisible();
  await expect(later.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' })).toBeHidden();
  await context.close();
});

test('Who may not come in learns why, and leaves no account behind', async ({ page, gateway, provider }) => {
  const elsewhere = freshEmail('eva').replace('example.com', 'elsewhere.example');
  await signOn(page, know(provider, elsewhere));
  await expectRefusal(page, 'People with your e-mail address may not sign in here.');
  expect(await userOf(gateway, elsewhere)).toEqual([]);
});

test('An unverified address opens nobody’s account, an admin’s least of all', async ({ page, gateway, provider }) => {
  const admin = await makePerson(gateway, 'proxy_admin');
  await signOn(page, know(provider, admin.email, { email_verified: false }));
  await expectRefusal(page, 'has not verified your e-mail address');
});

test('An answer of the provider works once, and in no other browser', async ({ page, browser, provider }) => {
  const name = know(provider, freshEmail('rita'));
  const callback = page.waitForRequest((request) => request.url().includes('/sso/callback'));
  await signOn(page, name);
  const address = (await callback).url();
  await expect(overview(page)).toBeVisible();

  const context = await browser.newContext();
  const thief = await context.newPage();
  await thief.goto(address);
  await expectRefusal(thief, 'was begun in another browser');
  await context.close();

  await page.context().clearCookies({ name: 'latchkey_session' });
  await page.goto(address);
  await expectRefusal(page, 'was finished already');
});

test('Logging out ends the session at the provider too', async ({ page, provider }) => {
  await signOn(page, know(provider, freshEmail('lena')));
  await expect(overview(page)).toBeVisible();
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByRole('button', { name: /sign me out/i }).click();
  await expect(page.getByText('You are signed out.')).toBeVisible();
  await page.getByRole('link', { name: 'Continue with Acme ID' }).click();
  await expect(page.getByPlaceholder('Enter any login')).toBeVisible();
});

test('With the provider down, people are told so, and admins sign in with a password', async ({
  page,
  gateway,
  provider,
}) => {
  const { port } = new URL(provider.issuer);
  await provider.close();
  try {
    // Under another name it is asked for at once, and not in half a minute.
    await gateway.request('PATCH', '/update/sso_settings', { body: { generic_display_name: 'Acme ID (down)' } });
    await page.goto('login');
    await page.getByRole('link', { name: 'Continue with Acme ID (down)' }).click();
    await expectRefusal(page, 'does not answer');
    await page.goto(`${gateway.url}/fallback/login`);
    await page.getByLabel('Email').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill(gateway.masterKey);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(overview(page)).toBeVisible();
  } finally {
    Object.assign(provider, { close: (await startIdentityProvider({ port: Number(port) })).close });
    await gateway.request('PATCH', '/update/sso_settings', { body: { generic_display_name: null } });
  }
});
