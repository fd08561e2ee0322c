import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { type CaughtMail, type MailServer, mailValuesFor, startMailServer } from '../server/src/testing/mail-server.ts';
import { expect, type Gateway, startGateway, test } from './gateway.ts';
import { openMail } from './mail-program.ts';
import { chat, freshEmail, goodPassword, type Person } from './people.ts';

const dayMs = 86_400_000;

/** Mail that nobody has looked at yet. */
function inboxOf(server: MailServer) {
  let read = 0;
  return {
    /** The next mail, which is the only one so far. */
    async next(withinMs?: number): Promise<CaughtMail> {
      const caught = (await server.waitFor(read + 1, withinMs))[read];
      if (caught === undefined || server.caught.length > read + 1)
        throw new Error(`There are more mails than one: ${server.caught.slice(read).map(({ mail }) => mail.subject)}`);
      read += 1;
      return caught;
    },
  };
}

/** Calls a model until so much is spent. @returns what was spent, in dollars. */
async function spend(gateway: Gateway, key: string, fromUsd: number, untilUsd: number): Promise<number> {
  let spent = fromUsd;
  while (spent < untilUsd) {
    const answer = await chat(gateway, key);
    expect(answer.status).toBe(200);
    spent = Math.round((spent + answer.usd) * 1e9) / 1e9;
  }
  return spent;
}

/** Fills in the sign-in page that stands before the page that somebody wants. */
async function passSignIn(page: Page, person: Person): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('Every mail about keys and budgets comes once from what really happens, reads well, and its link leads behind a sub-path to the right page', async ({
  browser,
}) => {
  // Dozens of calls, two starts of the gateway, and thirteen pages.
  test.slow();
  const server = await startMailServer();
  const inbox = inboxOf(server);
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-every-mail-'));
  const smtp = Object.entries(mailValuesFor(server)).map(([name, value]) => [name.toUpperCase(), value]);
  const environment = { ...Object.fromEntries(smtp), SERVER_ROOT_PATH: '/llm', LATCHKEY_DATA_DIR: folder };
  let gateway = await startGateway(environment, { knowsItsAddress: true });
  const page = await browser.newPage();
  const post = async (path: string, body: Record<string, unknown>) => {
    const answer = await gateway.request('POST', path, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  };
  const expectKeyPage = async (token: string) => {
    await expect(page.getByRole('heading', { level: 1, name: 'build server' })).toBeVisible();
    await expect(page).toHaveURL(`${gateway.url}/ui/keys/${token}`);
    await expect(page.getByText('This key doesn’t exist')).toHaveCount(0);
  };
  try {
    // Somebody is invited, and accepts.
    const email = freshEmail('ann');
    const person = { email, password: goodPassword };
    const added = await post('/user/new', { user_email: email, auto_create_key: false, send_invite_email: true });
    const ann: Person = { ...person, userId: String(added['user_id']) };
    await openMail(page, await inbox.next(), {
      to: email,
      subject: 'You are invited to Latchkey',
      words: [email, '$10 every month', 'Link valid until'],
      button: 'Accept the invitation',
    });
    await page.getByRole('link', { name: 'Accept the invitation' }).click();
    await page.getByLabel('Name').fill('Ann');
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
    await page.context().clearCookies();

    // A key is made for her. She is signed out: the page of the key comes after signing in.
    const made = await post('/key/generate', {
      ...{ user_id: ann.userId, key_alias: 'build server', send_invite_email: true },
      ...{ soft_budget: 1, max_budget: 5, duration: '9d' },
    });
    const [secret, token] = [String(made['key']), String(made['token'])];
    const createdMail = await inbox.next();
    expect(createdMail.source).not.toContain(secret);
    const keyPage = `${gateway.url}/ui/keys/${token}`;
    const created = {
      to: email,
      subject: 'Your key build server was created',
      words: ['You have a new key', `build server (${String(made['key_name'])})`, '$5'],
      button: 'Open the key',
    };
    expect(await openMail(page, createdMail, created)).toBe(keyPage);
    await page.getByRole('link', { name: 'Open the key' }).click();
    await passSignIn(page, ann);
    await expectKeyPage(token);

    // Her programs call models: past the soft budget, past 80 % of the budget, and to its end.
    let spent = await spend(gateway, secret, 0, 1);
    const link = 'See what it was spent on';
    const soft = {
      to: email,
      subject: `Soft budget crossed: ${usd(spent)} spent by your key build server`,
      words: ['Nothing stops', 'Soft budget', '$1', usd(spent)],
      button: link,
    };
    expect(await openMail(page, await inbox.next(), soft)).toBe(keyPage);
    await page.getByRole('link', { name: link }).click();
    await expectKeyPage(token);
    spent = await spend(gateway, secret, spent, 4);
    const most = {
      to: email,
      subject: '80 % of the budget of your key build server is spent',
      words: [`is $5, and ${usd(spent)} of it is spent`, `${Math.floor(spent * 20)} %`, 'until somebody raises it'],
      button: link,
    };
    expect(await openMail(page, await inbox.next(), most)).toBe(keyPage);
    await page.getByRole('link', { name: link }).click();
    await expectKeyPage(token);
    spent = await spend(gateway, secret, spent, 5);
    expect((await chat(gateway, secret)).status).toBe(422);
    const all = {
      to: email,
      subject: 'The budget of your key build server is used up',
      words: ['Requests are refused', usd(spent), `${Math.floor(spent * 20)} %`],
      button: link,
    };
    expect(await openMail(page, await inbox.next(), all)).toBe(keyPage);
    await page.getByRole('link', { name: link }).click();
    await expectKeyPage(token);

    // An admin replaces the key; the links of the older mails still lead to it.
    const replaced = await post('/key/regenerate', { key: token, grace_period: '24h' });
    const rotated = {
      to: email,
      subject: 'Your key build server was replaced',
      words: ['The old key works until', 'It was shown once, to whoever replaced it.', String(replaced['key_name'])],
      button: 'Open the key',
    };
    const rotatedMail = await inbox.next();
    expect(rotatedMail.source).not.toContain(String(replaced['key']));
    const newKeyPage = `${gateway.url}/ui/keys/${String(replaced['token'])}`;
    expect(await openMail(page, rotatedMail, rotated)).toBe(newKeyPage);
    await page.getByRole('link', { name: 'Open the key' }).click();
    await expectKeyPage(String(replaced['token']));
    await openMail(page, createdMail, created);
    await page.getByRole('link', { name: 'Open the key' }).click();
    await expectKeyPage(token);

    // A team's budget is a matter of its admin, who is led to what the team has used.
    const members_with_roles = [{ role: 'admin', user_id: ann.userId }];
    await post('/team/new', { team_id: 'research', team_alias: 'Research', max_budget: 1, members_with_roles });
    const service = await post('/key/service-account/generate', { team_id: 'research', key_alias: 'bot' });
    const teamSpent = await spend(gateway, String(service['key']), 0, 1);
    const team = {
      to: email,
      subject: 'The budget of the team Research is used up',
      words: ['the team Research, $1, is used up', usd(teamSpent)],
      button: link,
    };
    const usagePage = `${gateway.url}/ui/usage?team_id=research`;
    // Where one answer costs less than a fifth of the budget, 80 % are spoken of first.
    let teamMail = await inbox.next();
    if (teamMail.mail.subject?.startsWith('80 %')) teamMail = await inbox.next();
    expect(await openMail(page, teamMail, team)).toBe(usagePage);
    await page.getByRole('link', { name: link }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Usage' })).toBeVisible();
    await expect(page).toHaveURL(/\/llm\/ui\/usage\?team_id=research/);
    await expect(page.getByText(usd(teamSpent), { exact: true }).first()).toBeVisible();

    // Eight days later the gateway, started anew, finds that the key ends tomorrow. Her session is over, too.
    await gateway.close();
    gateway = await startGateway(environment, { knowsItsAddress: true, aheadMs: 8.5 * dayMs });
    const expiring = {
      to: email,
      words: ['stops working', 'and with it every program that uses it', 'Valid until'],
      button: 'Open the key',
    };
    const expiringMail = await inbox.next(30_000);
    const when = /(today|tomorrow)$/.exec(expiringMail.mail.subject ?? '')?.[0] ?? 'today or tomorrow';
    const subject = `Your key build server stops working ${when}`;
    const address = await openMail(page, expiringMail, { ...expiring, subject });
    expect(address).toBe(`${gateway.url}/ui/keys/${String(replaced['token'])}`);
    await page.getByRole('link', { name: 'Open the key' }).click();
    await passSignIn(page, ann);
    await expectKeyPage(String(replaced['token']));

    // That was every event that can be switched, and not one mail more.
    const { settings } = (await gateway.request('GET', '/email/event_settings')).body as {
      settings: { event: string }[];
    };
    const { messages } = (await gateway.request('GET', '/email/outbox')).body as { messages: { event: string }[] };
    expect(new Set(messages.map(({ event }) => event))).toEqual(new Set(settings.map(({ event }) => event)));
    expect(server.caught).toHaveLength(messages.length);
  } finally {
    await page.close();
    await gateway.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** An amount as mails write it. */
function usd(dollars: number): string {
  return `$${Number.isInteger(dollars) ? dollars : dollars.toFixed(2)}`;
}
