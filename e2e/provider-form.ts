import type { Page } from '@playwright/test';
import type { IdentityProvider } from '../server/src/testing/identity-provider.ts';
import { expect, type Gateway } from './gateway.ts';

/** Tells the provider of a person. @returns the name that they type into its form. */
export function know(provider: IdentityProvider, email: string, claims: Record<string, unknown> = {}): string {
  const name = email.slice(0, email.indexOf('@'));
  provider.people.set(name, {
    email,
    email_verified: true,
    name: `Person ${name}`,
    preferred_username: name,
    ...claims,
  });
  return name;
}

/** From the sign-in page over the provider's button to its form, filled in and agreed to. */
export async function signOn(page: Page, name: string, label = 'Acme ID'): Promise<void> {
  await page.goto('login');
  await page.getByRole('link', { name: `Continue with ${label}` }).click();
  await typeName(page, name);
}

/** Fills in the form of the provider and agrees. */
export async function typeName(page: Page, name: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(name);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** The sign-in page with these words and a reference for the log, and no session. @returns the reference. */
export async function expectRefusal(page: Page, words: string): Promise<string> {
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await expect(page.getByRole('alert')).toContainText(words);
  expect((await page.context().cookies()).map((cookie) => cookie.name)).not.toContain('latchkey_session');
  return new URL(page.url()).searchParams.get('reference') ?? '';
}

/** The heading of the first page after signing in. */
export const overview = (page: Page) => page.getByRole('heading', { level: 1, name: 'Overview' });

/** The users with this address, as an admin sees them. */
export const userOf = async (gateway: Gateway, email: string) =>
  (await gateway.request('GET', `/user/list?user_email=${encodeURIComponent(email)}`)).body['users'];
