import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MailServer, mailValuesFor, startMailServer } from '../../testing/mail-server.ts';
import { post } from '../../testing/make-key.ts';
import { eventually, type Instances, startInstances } from '../../testing/start-instances.ts';
import { testDeployment, testSettings } from '../../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../../testing/upstream.ts';

const dayMs = 86_400_000;
const names = Array.from({ length: 12 }, (_, at) => `ann-${at}`);

let server: MailServer;
let upstream: FakeUpstream;
let instances: Instances;
let now = Date.parse('2026-11-25T15:00:00Z');
let seen = 0;

beforeAll(async () => {
  server = await startMailServer();
  upstream = await startUpstream();
  upstream.respond(chat(['Hello'], usageOf(10, 2)));
  const { mail } = testSettings();
  // Twelve tokens: an answer costs 12 cents.
  const prices = { input_cost_per_token: '0.01', output_cost_per_token: '0.01' };
  const settings = {
    demoMode: false,
    models: [testDeployment('gpt', upstream.url, { prices })],
    mail: { ...mail, values: mailValuesFor(server) },
  };
  instances = await startInstances(settings, () => now);
});
afterAll(async () => {
  await instances.close();
  await upstream.close();
  await server.stop();
});

/** Both instances at once. */
const both = async (act: (app: Instances['one']) => Promise<unknown>) => {
  await Promise.all([instances.one, instances.other].map(act));
};

/** What came since the last look, sorted, once both instances have looked at everything twice, at once, and all is sent. */
async function arrived(): Promise<string[]> {
  await both((app) => app.flush());
  await both((app) => Promise.all([app.app.watch.check(), app.app.watch.check()]));
  await eventually(async () => {
    await both(async (app) => app.app.sender.wake());
    const waiting = instances.one.storage.db.selectFrom('outgoing_messages').select('message_id');
    return (await waiting.where('due_at', 'is not', null).execute()).length === 0;
  });
  const mails = server.caught.slice(seen).map(({ to, mail }) => `${to}: ${mail.subject}`);
  seen = server.caught.length;
  return mails.sort();
}

const toEach = (subject: (name: string) => string) => names.map((name) => `${name}@acme.io: ${subject(name)}`).sort();

test('Two instances that charge the same budgets at once warn of each line once', async () => {
  const keys: string[] = [];
  for (const name of names) {
    await post(instances.one, '/user/new', { user_id: name, user_email: `${name}@acme.io`, auto_create_key: false });
    const limits = { soft_budget: 0.24, max_budget: 0.6 };
    keys.push(
      String((await post(instances.one, '/key/generate', { user_id: name, key_alias: name, ...limits }))['key']),
    );
  }
  const callOnBoth = () =>
    both((app) =>
      Promise.all(
        keys.map((key) => {
          const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 2 };
          return app.send('POST', '/v1/chat/completions', { key, body });
        }),
      ),
    );
  await callOnBoth();
  expect(await arrived()).toEqual(toEach((name) => `Soft budget crossed: $0.24 spent by your key ${name}`));
  await callOnBoth();
  expect(await arrived()).toEqual(toEach((name) => `80 % of the budget of your key ${name} is spent`));
  await callOnBoth();
  expect(await arrived()).toEqual(toEach((name) => `The budget of your key ${name} is used up`));
  await callOnBoth();
  expect(await arrived()).toEqual([]);
});

test('Two instances that find the same keys about to stop working warn of each once', async () => {
  for (const name of names)
    await post(instances.one, '/key/generate', { user_id: name, key_alias: `short ${name}`, duration: '3d' });
  expect(await arrived()).toEqual([]);
  now += 2.1 * dayMs;
  expect(await arrived()).toEqual(toEach((name) => `Your key short ${name} stops working tomorrow`));
  now += dayMs / 2;
  expect(await arrived()).toEqual([]);
});
