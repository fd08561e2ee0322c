import { mailValuesFor, startMailServer } from '../server/src/testing/mail-server.ts';
import { expect, test } from './gateway.ts';
import { goodPassword, makePerson, signIn } from './people.ts';

test('an admin sets up mail, tries it and looks at it; then a colleague who forgot the password gets a new one', async ({
  page,
  gateway,
  browser,
}) => {
  const server = await startMailServer();
  const admin = await makePerson(gateway, 'proxy_admin');
  const colleague = await makePerson(gateway, 'internal_user');
  const nobody = await browser.newPage({ baseURL: `${gateway.url}/ui/` });
  try {
    await nobody.goto('forgot-password');
    await nobody.getByLabel('Email').fill(colleague.email);
    await nobody.getByRole('button', { name: 'Send the link' }).click();
    await expect(nobody.getByRole('heading', { name: 'Ask an admin for a link' })).toBeVisible();

    await signIn(page, admin.email, admin.password);
    await page.goto('settings/email');
    await expect(page.getByText('No mail is sent')).toBeVisible();
    await page.getByRole('textbox', { name: 'Server' }).fill('127.0.0.1');
    await page.getByRole('textbox', { name: 'Port' }).fill(String(server.port));
    await page.getByRole('checkbox', { name: 'Encrypted with STARTTLS' }).uncheck();
    await page.getByRole('textbox', { name: 'From' }).fill(mailValuesFor(server)['smtp_sender_email'] ?? '');
    await expect(page.getByText('4 changes not saved')).toBeVisible();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Mail can be sent')).toBeVisible();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await expect(page.getByRole('status').filter({ hasText: admin.email })).toBeVisible();
    const [tried] = await server.waitFor(1);
    expect(tried?.to).toEqual([admin.email]);
    await page.getByRole('button', { name: 'Preview New User Invitation' }).click();
    const preview = page.frameLocator('iframe[title="The mail about New User Invitation"]');
    await expect(preview.getByRole('link', { name: 'Accept the invitation' })).toBeVisible();

    await nobody.goto('login');
    await nobody.getByRole('link', { name: 'Forgot password?' }).click();
    await nobody.getByLabel('Email').fill(colleague.email);
    await nobody.keyboard.press('Enter');
    await expect(nobody.getByRole('heading', { name: 'Look at your mail' })).toBeVisible();
    const [, caught] = await server.waitFor(2);
    expect(caught?.to).toEqual([colleague.email]);
    const link = /http\S+\/ui\/reset-password#t=[\w-]+/.exec(caught?.mail.text ?? '')?.[0] ?? '';
    await nobody.goto(link);
    await nobody.getByLabel('New password').fill(`${goodPassword} 2`);
    await nobody.keyboard.press('Enter');
    await expect(nobody.getByRole('heading', { name: 'Your password is changed' })).toBeVisible();
    await signIn(nobody, colleague.email, `${goodPassword} 2`);
    await nobody.goto(link);
    await nobody.reload();
    await expect(nobody.getByRole('heading', { name: 'This link has been used' })).toBeVisible();
  } finally {
    await nobody.close();
    const values = { smtp_host: null, smtp_port: null, smtp_tls: null, smtp_sender_email: null };
    await gateway.request('PATCH', '/update/email_settings', { body: values });
    await server.stop();
  }
});
