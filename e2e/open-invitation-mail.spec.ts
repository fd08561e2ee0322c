import { mailValuesFor, startMailServer } from '../server/src/testing/mail-server.ts';
import { expect, startGateway, test } from './gateway.ts';
import { freshEmail, goodPassword } from './people.ts';

test('An invitation is mailed by a gateway behind a sub-path; scanners open its link and spoil nothing, the colleague clicks it in the mail and is in', async ({
  page,
}) => {
  const server = await startMailServer();
  const smtp = Object.entries(mailValuesFor(server)).map(([name, value]) => [name.toUpperCase(), value]);
  const gateway = await startGateway({ ...Object.fromEntries(smtp), SERVER_ROOT_PATH: '/llm' });
  try {
    const email = freshEmail('ana');
    const added = await gateway.request('POST', '/user/new', {
      body: { user_email: email, user_role: 'internal_user', auto_create_key: false, send_invite_email: true },
    });
    expect(added.status).toBe(200);
    const [caught] = await server.waitFor(1);
    expect(caught?.to).toEqual([email]);

    // Whatever checks mails opens every link in them, with a browser or without, again and again.
    const links = [...(caught?.mail.html ?? '').matchAll(/href="(http[^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(0);
    for (let look = 0; look < 5; look += 1) {
      for (const link of links) {
        expect((await fetch(link)).status).toBe(200);
        await page.goto(link);
        await page.waitForLoadState('networkidle');
      }
    }

    // The colleague reads the mail and clicks.
    await page.setContent(caught?.mail.html ?? '');
    await page.getByRole('link', { name: 'Accept the invitation' }).click();
    await expect(page).toHaveURL(new RegExp(`^${gateway.url}/ui/onboarding`));
    await expect(page.getByText(email)).toBeVisible();
    await page.getByLabel('Name').fill('Ana Ruiz');
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();

    // The link has done its work; the plain version of the mail holds the same one.
    const inText = /http\S+\/ui\/onboarding\?\S+/.exec(caught?.mail.text ?? '')?.[0] ?? '';
    expect(links).toContain(inText);
    await page.goto(inText);
    await expect(page.getByRole('heading', { name: 'Already set up' })).toBeVisible();
    expect(server.caught).toHaveLength(1);
  } finally {
    await gateway.close();
    await server.stop();
  }
});
