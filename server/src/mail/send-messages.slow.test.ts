import { afterEach, test } from 'vitest';
import { migrations } from '../migrations.ts';
import { openStorage } from '../storage/open-storage.ts';
import { createTestDatabase } from '../testing/each-engine.ts';
import { mailValuesFor, startMailServer } from '../testing/mail-server.ts';
import { eventually } from '../testing/start-instances.ts';
import { startTestApp, testSettings } from '../testing/start-test-app.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test('What the mail server took is written down at once, though requests hold every connection to PostgreSQL', async () => {
  const server = await startMailServer();
  cleanUps.push(() => server.stop());
  const database = await createTestDatabase('postgres');
  cleanUps.push(() => database.drop());
  const storage = await openStorage({ url: database.url, migrations, poolSize: 2 });
  const watcher = await openStorage({ url: database.url, migrations, poolSize: 1 });
  cleanUps.push(() => watcher.close());
  const { mail } = testSettings();
  const app = await startTestApp({ storage, settings: { mail: { ...mail, values: mailValuesFor(server) } } });
  cleanUps.push(() => app.close());

  const { promise: untilSeen, resolve: letGo } = Promise.withResolvers<void>();
  const held: Promise<void>[] = [];
  server.beforeAnswer(async () => {
    for (let count = 0; count < 2; count += 1) {
      await new Promise<void>((isHeld) => {
        const holding = storage.db.connection().execute(async () => {
          isHeld();
          await untilSeen;
        });
        held.push(holding);
      });
    }
  });
  await app.send('POST', '/user/new', {
    body: { user_email: 'ann@acme.io', auto_create_key: false, send_invite_email: true },
  });
  await server.waitFor(1);
  try {
    await eventually(async () => {
      const rows = await watcher.db.selectFrom('outgoing_messages').select('sent_at').execute();
      return rows.length === 1 && rows[0]?.sent_at !== null;
    }, 3_000);
  } finally {
    letGo();
    await Promise.all(held);
  }
});
