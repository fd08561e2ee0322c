import { expect, test } from './gateway.ts';
import { makePerson, type Role, roles, signIn } from './people.ts';

/** The pages that the navigation offers each role, in its order. */
const pages: Readonly<Record<Role, readonly string[]>> = {
  proxy_admin: ['Overview', 'Keys', 'Usage', 'Caching', 'Users', 'Settings', 'Profile'],
  proxy_admin_viewer: ['Overview', 'Keys', 'Usage', 'Caching', 'Users', 'Settings', 'Profile'],
  internal_user: ['Overview', 'Keys', 'Usage', 'Caching', 'Profile'],
  internal_user_viewer: ['Overview', 'Keys', 'Usage', 'Caching', 'Profile'],
};

const mayCreateKeys: ReadonlySet<Role> = new Set<Role>(['proxy_admin', 'internal_user']);

for (const role of roles) {
  test(`${role} sees exactly its pages and what it may do on them`, async ({ page, gateway }) => {
    const person = await makePerson(gateway, role);
    // Whoever sees all keys sees this one; people who only see their own have none yet.
    await gateway.request('POST', '/key/generate', { body: {} });
    await signIn(page, person.email, person.password);

    const navigation = page.getByRole('navigation').filter({ visible: true }).first();
    const links = (await navigation.getByRole('link').allInnerTexts()).map((text) => text.trim());
    expect(links.filter((text) => text !== 'Latchkey')).toEqual(pages[role]);

    await page.goto('keys');
    await expect(page.getByRole('heading', { level: 1, name: 'Keys' })).toBeVisible();
    await expect(page.getByRole('table').or(page.getByText('No keys yet'))).toBeVisible();
    await expect(page.getByRole('button', { name: /^Create (key|your first key)/ })).toHaveCount(
      mayCreateKeys.has(role) ? (role === 'internal_user' ? 2 : 1) : 0,
    );

    await page.goto('users');
    if (!pages[role].includes('Users')) {
      await expect(page.getByText('You don’t have access to the list of people')).toBeVisible();
      return;
    }
    await expect(page.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible();
    await expect(page.getByRole('button', { name: /^Invite/ })).toHaveCount(role === 'proxy_admin' ? 1 : 0);
  });
}
