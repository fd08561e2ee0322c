import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, type Gateway } from './gateway.ts';

/** The four roles that a person can have. */
export type Role = 'proxy_admin' | 'proxy_admin_viewer' | 'internal_user' | 'internal_user_viewer';

/** The four roles, from the widest to the narrowest. */
export const roles: readonly Role[] = ['proxy_admin', 'proxy_admin_viewer', 'internal_user', 'internal_user_viewer'];

/** A person with an account. */
export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
}

/** A password that the gateway's rules accept. */
export const goodPassword = 'correct Horse 7 battery!';

/** An address that nobody else in the run has. */
export function freshEmail(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}@example.com`;
}

/** Creates a user with a role and accepts the invitation for them, all by the API. */
export async function makePerson(gateway: Gateway, role: Role): Promise<Person> {
  const email = freshEmail(role.replaceAll('_', '-'));
  const user = await gateway.request('POST', '/user/new', {
    body: { user_email: email, user_role: role, auto_create_key: false },
  });
  const userId = String(user.body['user_id']);
  const invitation = await gateway.request('POST', '/invitation/new', { body: { user_id: userId } });
  const link = String(invitation.body['id']);
  const opened = await fetch(`${gateway.url}/onboarding/get_token?invite_link=${link}`);
  const { onboarding_token: token } = (await opened.json()) as { onboarding_token: string };
  const accepted = await gateway.request('POST', '/onboarding/claim_token', {
    body: { invitation_link: link, user_id: userId, password: goodPassword },
    key: token,
  });
  expect(accepted.status).toBe(200);
  return { userId, email, password: goodPassword };
}

/** Signs in through the sign-in page and waits for the overview. */
export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.goto('login');
  await page.getByLabel('Email').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
}

/** Follows the navigation to one of the console's pages. */
export async function openPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

/** What a program learns from one chat completion. */
export interface ChatAnswer {
  readonly status: number;
  readonly content: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** What the gateway says it cost, in dollars. */
  readonly usd: number;
}

/** Sends one short chat completion with a key, as a program would. */
export async function chat(gateway: Gateway, key: string): Promise<ChatAnswer> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'assistant',
      messages: [{ role: 'user', content: `Say hello to ${randomUUID()}.` }],
    }),
  });
  const body = (await response.json()) as {
    choices?: { message: { content: string } }[];
    usage?: { prompt_tokens: number; completion_tokens: number };
  };
  return {
    status: response.status,
    content: body.choices?.[0]?.message.content ?? '',
    promptTokens: body.usage?.prompt_tokens ?? 0,
    completionTokens: body.usage?.completion_tokens ?? 0,
    usd: Number(response.headers.get('x-litellm-response-cost')),
  };
}
