import { expect, test } from './gateway.ts';
import { makePerson, openPage, signIn } from './people.ts';

test('somebody sees what caching did for their requests, why it did not answer more, and one model alone', async ({
  page,
  gateway,
}) => {
  const person = await makePerson(gateway, 'internal_user');
  const generated = await gateway.request('POST', '/key/generate', { body: { user_id: person.userId } });
  const ask = async (more: Record<string, unknown> = {}) => {
    const body = { model: 'assistant', messages: [{ role: 'user', content: 'Twice the same' }], ...more };
    const answer = await gateway.request('POST', '/v1/chat/completions', { body, key: String(generated.body['key']) });
    expect(answer.status).toBe(200);
  };
  await ask();
  await ask();
  await ask({ cache: { 'no-cache': true } });

  await signIn(page, person.email, person.password);
  await openPage(page, 'Caching');
  const totals = page.getByRole('region', { name: 'Totals' });
  await expect(async () => {
    await page.reload();
    await expect(totals).toContainText('1 of 2 eligible', { timeout: 2_000 });
  }).toPass();
  await expect(totals).toContainText(/50.%/);
  // The model that answers by itself says nothing of a prompt cache, which is not 0 %.
  await expect(totals).toContainText('Not reported');
  await expect(totals).toContainText('by openai');

  const reasons = page.getByRole('table', { name: 'Reasons' });
  await expect(reasons.getByRole('row', { name: /^No answer kept/ })).toContainText('1');
  await expect(reasons.getByRole('row', { name: /^Fresh answer wanted/ })).toContainText('1');

  const row = page.getByRole('table', { name: 'Response cache by model' }).getByRole('button', { name: 'assistant' });
  await row.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Remove filter Model: assistant' })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Response cache by key' })).toBeVisible();
  await expect(totals).toContainText('1 of 2 eligible');

  const chart = page.getByRole('slider', { name: 'Requests by what the response cache did: read one day at a time' });
  await chart.focus();
  await expect(chart).toHaveAttribute('aria-valuetext', /Hit.*Miss.*Bypassed/);
});
