import type { Page } from '@playwright/test';
import { expect, test, usdPerInputToken } from './gateway.ts';
import { chat, freshEmail, goodPassword, openPage, signIn } from './people.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('An admin invites a colleague, who creates a key and calls a model with it; both see what it cost', async ({
  page: admin,
  browser,
  gateway,
  baseURL,
}) => {
  const email = freshEmail('ana');

  // The admin invites a colleague and copies the link.
  await signIn(admin, 'admin', gateway.masterKey);
  await openPage(admin, 'Users');
  await admin.getByRole('button', { name: 'Invite users' }).click();
  const sheet = admin.getByRole('dialog', { name: 'Invite users' });
  await sheet.getByLabel('Email addresses').fill(email);
  await expect(sheet.getByRole('radio', { name: /^Internal user/ })).toBeChecked();
  await sheet.getByRole('button', { name: 'Create invitations' }).click();
  await sheet.getByRole('button', { name: 'Copy link' }).click();
  const link = await clipboardOf(admin);
  expect(link).toMatch(new RegExp(`^${gateway.url}/ui/onboarding\\?id=[0-9a-f-]{36}$`));
  await sheet.getByRole('button', { name: 'Done' }).click();
  await expect(admin.getByRole('row', { name: new RegExp(email) })).toContainText(/invited/i);

  // Whatever looks at the link on its way changes nothing.
  for (let look = 0; look < 5; look += 1) expect((await fetch(link)).status).toBe(200);

  // The colleague opens it in a browser that has never been here, and chooses a password.
  const context = await browser.newContext({
    ...(baseURL === undefined ? {} : { baseURL }),
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const colleague = await context.newPage();
  await colleague.goto(link);
  await expect(colleague.getByText(email)).toBeVisible();
  await expect(colleague.getByText('$10')).toBeVisible();
  await colleague.getByLabel('Name').fill('Ana Ruiz');
  await colleague.getByLabel('Password', { exact: true }).fill(goodPassword);
  await colleague.getByRole('button', { name: 'Create account' }).click();
  await expect(colleague.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();

  // They create a key and copy its secret.
  await openPage(colleague, 'Keys');
  await colleague.getByRole('button', { name: 'Create key', exact: true }).click();
  const keySheet = colleague.getByRole('dialog');
  await keySheet.getByLabel('Name').fill(`laptop of ${email}`);
  await keySheet.getByRole('button', { name: 'Create key' }).click();
  await keySheet.getByRole('button', { name: 'Copy key' }).click();
  const secret = await clipboardOf(colleague);
  expect(secret).toMatch(/^sk-/);
  await keySheet.getByRole('button', { name: 'Done' }).click();
  await expect(colleague.getByRole('row', { name: /laptop of/ })).toContainText(secret.slice(-4));

  // A program calls a model with the key.
  const answer = await chat(gateway, secret);
  expect(answer).toMatchObject({ status: 200, content: 'Hello from the gateway.' });
  const { promptTokens, completionTokens } = answer;
  const nanoUsd = Math.round((promptTokens + 2 * completionTokens) * usdPerInputToken * 1e9);
  expect(answer.usd).toBe(nanoUsd / 1e9);

  // Both see what it cost: the colleague their own spend, the admin everybody's.
  const shown = `$${(nanoUsd / 1e9).toFixed(2)}`;
  await expect
    .poll(async () => (await gateway.request('GET', `/key/info?key=${secret}`)).body)
    .toMatchObject({ info: { spend: nanoUsd / 1e9 } });
  await colleague.goto('usage');
  await expect(colleague.getByRole('main')).toContainText(shown);
  await admin.goto(`users?search=${email}`);
  await expect(admin.getByRole('row', { name: new RegExp(email) })).toContainText(shown);
  await expect(admin.getByRole('row', { name: new RegExp(email) })).not.toContainText(/invited/i);
  await admin.goto('usage');
  await expect(admin.getByRole('main')).toContainText('$');

  // The link has done its work.
  await colleague.goto(link);
  await expect(colleague.getByRole('heading', { name: 'Already set up' })).toBeVisible();
  await context.close();
});

test('Who logs out is out: the page is the sign-in, and Back shows nothing', async ({ page, gateway }) => {
  await signIn(page, 'admin', gateway.masterKey);
  await openPage(page, 'Keys');
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  expect((await page.request.get(`${gateway.url}/ui/session`)).status()).toBe(401);
});

/** What a copy button has put onto the clipboard; waits until there is something. */
async function clipboardOf(page: Page): Promise<string> {
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).not.toBe('');
  return await page.evaluate(() => navigator.clipboard.readText());
}
