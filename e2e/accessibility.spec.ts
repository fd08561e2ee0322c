import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './gateway.ts';
import { chat, makePerson, signIn } from './people.ts';

const consolePages = [
  ...['', 'keys', 'keys?create=true', 'usage', 'caching', 'users', 'profile'],
  ...['settings/sign-in', 'settings/email', 'settings/new-users'],
];

for (const theme of ['light', 'dark'] as const) {
  test.describe(`In the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('sign-in and invitation have no serious accessibility fault', async ({ page, gateway }) => {
      const user = await gateway.request('POST', '/user/new', {
        body: { user_role: 'internal_user', auto_create_key: false },
      });
      const invitation = await gateway.request('POST', '/invitation/new', { body: { user_id: user.body['user_id'] } });
      const paths = [
        'login',
        `onboarding?id=${String(invitation.body['id'])}`,
        'onboarding?id=unknown',
        'forgot-password',
        'reset-password#t=unknown',
      ];
      expect(await seriousFaults(page, paths)).toEqual([]);
    });

    test('no page of the console has a serious accessibility fault', async ({ page, gateway }) => {
      const person = await makePerson(gateway, 'proxy_admin');
      const key = await gateway.request('POST', '/key/generate', { body: { user_id: person.userId, max_budget: 5 } });
      await chat(gateway, String(key.body['key']));
      await signIn(page, person.email, person.password);
      const paths = [...consolePages, `keys/${String(key.body['token'])}`];
      expect(await seriousFaults(page, paths)).toEqual([]);
    });
  });
}

test.describe('On a phone, 390 pixels wide', () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test('nothing scrolls sideways', async ({ page, gateway }) => {
    const person = await makePerson(gateway, 'proxy_admin');
    await page.goto('login');
    await settle(page);
    expect(await overflow(page), 'login').toBeLessThanOrEqual(0);
    await signIn(page, person.email, person.password);
    for (const path of consolePages) {
      await page.goto(path);
      await settle(page);
      expect(await overflow(page), path).toBeLessThanOrEqual(0);
    }
  });
});

/** Waits until the page has its heading and nothing is loading. */
async function settle(page: Page): Promise<void> {
  await expect(page.getByRole('heading').first()).toBeVisible();
  await page.waitForLoadState('networkidle');
  // Colours are judged as they end up, not in the middle of a transition.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))),
  );
}

async function seriousFaults(page: Page, paths: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const path of paths) {
    await page.goto(path);
    await settle(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      faults.push(...nodes.map((node) => `/${path}: ${id}: ${node.html}`));
    }
  }
  return faults;
}

function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
