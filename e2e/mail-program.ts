import type { Page } from '@playwright/test';
import type { CaughtMail } from '../server/src/testing/mail-server.ts';
import { expect } from './gateway.ts';

/** What a mail must be. */
export interface ExpectedMail {
  readonly to: string;
  readonly subject: string;
  /** Words that both of its versions hold. */
  readonly words: readonly string[];
  /** The words on its button. */
  readonly button: string;
}

const telephone = { width: 375, height: 700 };
const desktop = { width: 1280, height: 720 };

/**
 * Opens a mail as mail programs show it, on a telephone and then on a desk, and holds its plain version against it.
 * @returns where its button leads.
 */
export async function openMail(page: Page, caught: CaughtMail, expected: ExpectedMail): Promise<string> {
  const { subject, html = '', text = '' } = caught.mail;
  expect({ to: caught.to, subject }).toEqual({ to: [expected.to], subject: expected.subject });
  await page.goto('about:blank');
  for (const size of [telephone, desktop]) {
    await page.setViewportSize(size);
    await page.setContent(html);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, `width of '${subject}'`).toBeLessThanOrEqual(size.width);
  }
  const button = page.getByRole('link', { name: expected.button, exact: true });
  await expect(button).toBeVisible();
  const address = (await button.getAttribute('href')) ?? '';
  await expect(page.getByRole('link', { name: address, exact: true })).toHaveAttribute('href', address);

  // Every sentence, fact and address that one sees stands in the plain version too.
  const seen = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('h1, p, td, a, div')]
      .filter((element) => element.childElementCount === 0 && element.checkVisibility())
      .map((element) => element.innerText.replace(/\s+/g, ' ').trim())
      .filter((line) => line !== ''),
  );
  const plain = text.replace(/\s+/g, ' ');
  const shownElsewhere = new Set([new URL(address).host]);
  expect(seen.filter((line) => !plain.includes(line) && !shownElsewhere.has(line))).toEqual([]);
  for (const words of expected.words) {
    expect(plain).toContain(words);
    expect(seen.join(' ')).toContain(words);
  }
  return address;
}
