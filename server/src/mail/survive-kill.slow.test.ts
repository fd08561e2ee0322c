import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { migrations } from '../migrations.ts';
import { openStorage } from '../storage/open-storage.ts';
import { createTestDatabase } from '../testing/each-engine.ts';
import { type GatewayProcess, startGatewayProcess } from '../testing/gateway-process.ts';
import { type MailServer, startMailServer } from '../testing/mail-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** How long the mail server is away in the test that takes it away. */
    outageSeconds: number;
  }
}

const masterKey = 'sk-master-key-of-the-mail-kill-test-7a';
const outageMs = inject('outageSeconds') * 1000;
const claimMs = 60_000;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Scene {
  readonly server: MailServer;
  readonly databaseUrl: string;
  start(): Promise<GatewayProcess>;
}

async function prepare(engine: 'sqlite' | 'postgres'): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-mail-kill-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startMailServer();
  cleanUps.push(() => server.stop());
  const database = await createTestDatabase(engine);
  cleanUps.push(() => database.drop());
  const environment = {
    LATCHKEY_DATA_DIR: folder,
    LITELLM_MASTER_KEY: masterKey,
    DATABASE_URL: database.url,
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(server.port),
    SMTP_TLS: 'False',
    SMTP_SENDER_EMAIL: 'gateway@example.com',
  };
  return {
    server,
    databaseUrl: database.url,
    async start() {
      const gateway = await startGatewayProcess(environment);
      cleanUps.push(() => gateway.child.exitCode === null && gateway.child.kill('SIGKILL'));
      return gateway;
    },
  };
}

/** Adds people who are sent an invitation, so many at a time. @returns whoever the gateway said yes to. */
async function invite(gateway: GatewayProcess, names: readonly string[], atATime = 1): Promise<string[]> {
  const added: string[] = [];
  const left = [...names];
  const inviteSome = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const user_email = `${name}@acme.io`;
      try {
        const answer = await fetch(`${gateway.url}/user/new`, {
          method: 'POST',
          headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
          body: JSON.stringify({ user_email, auto_create_key: false, send_invite_email: true }),
        });
        await answer.arrayBuffer();
        if (answer.status === 200) added.push(user_email);
      } catch {
        // Cut off by the kill: nobody was told yes.
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, inviteSome));
  return added;
}

const namesOf = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}-${at}`);

describe.each(['sqlite', 'postgres'] as const)('With %s', (engine) => {
  test('while the mail server is away and the gateway is killed meanwhile, no call fails or waits; then all arrive, once each', async () => {
    const { server, databaseUrl, start } = await prepare(engine);
    await server.stop();
    const wentAwayAt = Date.now();
    let gateway = await start();
    const startedAt = Date.now();
    const people = await invite(gateway, namesOf('before', 15));
    expect(people).toHaveLength(15);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await new Promise((resolve) => setTimeout(resolve, outageMs / 3));
    await gateway.stop('SIGKILL');
    gateway = await start();
    people.push(...(await invite(gateway, namesOf('after', 15))));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 500));
    await gateway.stop('SIGKILL');
    gateway = await start();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, outageMs - (Date.now() - wentAwayAt))));
    await server.start();
    const backAt = Date.now();
    await server.waitFor(people.length, claimMs + outageMs + 30_000);
    const tookMs = Date.now() - backAt;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(server.caught.map(({ to }) => to[0]).sort()).toEqual([...people].sort());
    expect(new Set(server.caught.map(({ mail }) => mail.messageId)).size).toBe(people.length);
    expect(await gateway.stop('SIGTERM')).toBe(0);
    const storage = await openStorage({ url: databaseUrl, migrations });
    cleanUps.push(() => storage.close());
    const rows = await storage.db.selectFrom('outgoing_messages').select(['sent_at', 'due_at']).execute();
    expect(rows).toHaveLength(people.length);
    expect(rows.filter((row) => row.sent_at === null || row.due_at !== null)).toEqual([]);
    process.stdout.write(
      `${engine}: mail server away for ${outageMs / 1000} s, gateway killed twice, ${people.length} of ${people.length} mails arrived once, ${tookMs} ms after it was back\n`,
    );
  });

  test('killed again and again while mail flows, every mail arrives; one that the kill left unwritten comes again under the same Message-ID', async () => {
    const { server, start } = await prepare(engine);
    const kills = Math.max(5, inject('kills'));
    const people: string[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const gateway = await start();
      const enough = server.caught.length + 3 + Math.floor(Math.random() * 6);
      const inviting = invite(gateway, namesOf(`round-${kill}`, 40), 12);
      while (server.caught.length < enough) await new Promise((resolve) => setTimeout(resolve, 2));
      await gateway.stop('SIGKILL');
      people.push(...(await inviting));
    }
    const gateway = await start();
    const deadline = Date.now() + claimMs + 60_000;
    const missing = () => {
      const arrived = new Set(server.caught.map(({ to }) => to[0]));
      return people.filter((address) => !arrived.has(address));
    };
    while (missing().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(missing()).toEqual([]);
    const idsByPerson = Map.groupBy(server.caught, ({ to }) => to[0]);
    const again = [...idsByPerson.values()].filter((mails) => mails.length > 1);
    expect(again.length).toBeLessThanOrEqual(kills);
    for (const mails of again) expect(new Set(mails.map(({ mail }) => mail.messageId)).size).toBe(1);
    expect(await gateway.stop('SIGTERM')).toBe(0);
    process.stdout.write(
      `${engine}: ${kills} kills, ${people.length} mails, 0 lost, ${again.length} came twice under one Message-ID\n`,
    );
  });
});

test('killed between the answer of the mail server and writing it down, the mail comes again under the same Message-ID, and once more no more', async () => {
  const { server, start } = await prepare('sqlite');
  const first = await start();
  const killed = Promise.withResolvers<void>();
  let isFirst = true;
  server.beforeAnswer(async () => {
    if (!isFirst) return;
    isFirst = false;
    await first.stop('SIGKILL');
    killed.resolve();
  });
  await invite(first, ['ann']);
  await killed.promise;
  const second = await start();
  await server.waitFor(2, 20_000);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const [one, two, ...others] = server.caught;
  expect(others).toEqual([]);
  const { messageId, date, subject, text, html } = one?.mail ?? {};
  expect(two?.mail).toMatchObject({ messageId, date, subject, text, html });
  expect(messageId).toMatch(/^<[0-9a-f-]{36}@example\.com>$/);
  expect(await second.stop('SIGTERM')).toBe(0);
});
