import { randomUUID } from 'node:crypto';
import { expect, test } from './gateway.ts';
import { makePerson, openPage, signIn } from './people.ts';

test.describe('The secret of a new key', () => {
  // No two keys of a gateway may have the same name.
  let name = '';

  test.beforeEach(async ({ page, gateway }) => {
    name = `laptop ${randomUUID()}`;
    const person = await makePerson(gateway, 'internal_user');
    await signIn(page, person.email, person.password);
    await openPage(page, 'Keys');
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill(name);
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    await expect(page.getByLabel('New key, shown once')).toHaveValue(/^sk-/);
  });

  test('is not lost by Escape: the sheet asks first', async ({ page }) => {
    await page.keyboard.press('Escape');
    const question = page.getByRole('alertdialog');
    await expect(question).toContainText('You won’t see this key again');
    await question.getByRole('button', { name: 'Go back' }).click();
    await expect(page.getByLabel('New key, shown once')).toBeVisible();
  });

  test('is not lost by Back: the sheet asks first', async ({ page }) => {
    await page.goBack();
    const question = page.getByRole('alertdialog');
    await expect(question).toContainText('You won’t see this key again');
    await question.getByRole('button', { name: 'Go back' }).click();
    await expect(page.getByLabel('New key, shown once')).toBeVisible();
  });

  test('is nowhere but on the screen: in no address, storage, cookie or page that follows', async ({
    page,
    context,
  }) => {
    const secret = await page.getByLabel('New key, shown once').inputValue();
    const kept = async () => {
      const stored = await page.evaluate(() =>
        JSON.stringify({ ...localStorage, ...sessionStorage, state: history.state as unknown }),
      );
      return [stored, page.url(), JSON.stringify(await context.cookies())].join('\n');
    };
    expect(await kept()).not.toContain(secret);
    await page.getByLabel('I saved it').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await expect(page.getByRole('dialog')).toBeHidden();
    expect(await kept()).not.toContain(secret);
    expect(await page.content()).not.toContain(secret);
    await page.reload();
    await expect(page.getByRole('table')).toContainText(name);
    expect(await page.content()).not.toContain(secret);
  });
});
