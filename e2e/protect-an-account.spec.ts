import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from './gateway.ts';
import { makePerson, type Person, signIn } from './people.ts';

test('a person sets up an authenticator app, and is asked for its code from then on', async ({ page, gateway }) => {
  const person = await makePerson(gateway, 'internal_user');
  await signIn(page, person.email, person.password);
  await page.goto('profile');
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await confirmPassword(page, person, 'Continue');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('img', { name: /QR code/ })).toBeVisible();
  const secret = (await dialog.getByRole('code').innerText()).replaceAll(' ', '');
  await dialog.getByLabel('Code').fill(codeOf(secret, 0));
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  const codes = page.getByRole('alertdialog').getByRole('listitem');
  await expect(codes).toHaveCount(10);
  const recoveryCode = await codes.first().innerText();
  await page.getByRole('button', { name: 'I saved them' }).click();
  await expect(page.getByText('10 recovery codes left')).toBeVisible();

  await signOut(page);
  await typePassword(page, person);
  await expect(page.getByLabel('Code')).toBeFocused();
  await page.getByLabel('Code').fill('000000');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('wrong or was used before');
  // The code of the next half minute: the one of this one is used up.
  await page.getByLabel('Code').fill(codeOf(secret, 1));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();

  await page.goto('profile');
  await signOut(page);
  await typePassword(page, person);
  await page.getByLabel('Code').fill(recoveryCode);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.goto('profile');
  await expect(page.getByText('9 recovery codes left')).toBeVisible();
});

test('a person adds a passkey and signs in with it alone', async ({ page, gateway }) => {
  const person = await makePerson(gateway, 'internal_user');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  // Passkeys are bound to names; an address of numbers has none.
  const console = `${gateway.url.replace('127.0.0.1', 'localhost')}/ui/`;
  await page.goto(`${console}login`);
  await typePassword(page, person);
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.goto(`${console}profile`);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await confirmPassword(page, person, 'Continue');
  await expect(page.getByText('Never used')).toBeVisible();

  await signOut(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.goto(`${console}profile`);
  await expect(page.getByText(/^Last used/)).toBeVisible();
});

test('a person sees where they are signed in, and signs out everywhere else', async ({ page, gateway, browser }) => {
  const person = await makePerson(gateway, 'internal_user');
  await signIn(page, person.email, person.password);
  const elsewhere = await browser.newPage({ baseURL: `${gateway.url}/ui/` });
  await signIn(elsewhere, person.email, person.password);
  await page.goto('profile');
  const sessions = page.getByRole('region', { name: 'Where you are signed in' });
  // Two browsers, and the program that accepted the invitation.
  await expect(sessions.getByRole('listitem')).toHaveCount(3);
  await expect(sessions.getByText('This browser')).toHaveCount(1);
  await sessions.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
  await elsewhere.goto('keys');
  await expect(elsewhere.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await elsewhere.close();
});

async function typePassword(page: Page, person: Person): Promise<void> {
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.keyboard.press('Enter');
}

async function confirmPassword(page: Page, person: Person, button: string): Promise<void> {
  await page.getByLabel('Your password').fill(person.password);
  await page.getByRole('button', { name: button }).click();
}

/** From the profile. */
async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
}

/** The code of an authenticator app (RFC 6238), `steps` half minutes from now. */
function codeOf(secret: string, steps: number): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac('sha1', key).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
