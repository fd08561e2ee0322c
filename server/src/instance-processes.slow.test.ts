import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { migrations } from './migrations.ts';
import { openStorage, type Storage } from './storage/open-storage.ts';
import { type GatewayProcess, startGatewayProcess } from './testing/gateway-process.ts';
import { createDatabase, dropDatabase } from './testing/postgres-database.ts';
import { sendUntilGone } from './testing/send-until-gone.ts';
import { eventually } from './testing/start-instances.ts';
import { chat, startUpstream, usageOf } from './testing/upstream.ts';

const masterKey = 'sk-master-key-of-several-processes-5f4e';
/** 7 tokens at 1.5 and 3 tokens at 2 millionths of a dollar. */
const costNanoUsd = 7 * 1_500 + 3 * 2_000;

const cleanUps: (() => unknown)[] = [];
let databaseUrl: string;
let config: string;

beforeEach(async () => {
  const name = `test_${randomBytes(8).toString('hex')}`;
  // Empty: whoever comes first makes the tables.
  databaseUrl = await createDatabase(inject('postgresUrl'), name);
  cleanUps.push(() => dropDatabase(inject('postgresUrl'), name));
  const upstream = await startUpstream();
  cleanUps.push(() => upstream.close());
  upstream.respond(chat(['one ', 'two ', 'three'], usageOf(7, 3)));
  config = `model_list:
  - model_name: gpt
    litellm_params:
      model: openai/gpt
      api_base: ${upstream.url}
      api_key: none
      input_cost_per_token: 0.0000015
      output_cost_per_token: 0.000002
`;
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A data folder of its own, and what an instance is told. */
function environmentOfOne(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-instance-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'config.yaml'), config);
  return { LATCHKEY_DATA_DIR: folder, LITELLM_MASTER_KEY: masterKey, DATABASE_URL: databaseUrl };
}

async function start(environment = environmentOfOne()): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(environment);
  cleanUps.push(() =>
    gateway.child.exitCode === null && gateway.child.signalCode === null ? gateway.stop('SIGKILL') : null,
  );
  return gateway;
}

async function send<Answer>(gateway: GatewayProcess, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path} was refused: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

async function openBooks(): Promise<Storage> {
  const storage = await openStorage({ url: databaseUrl, migrations });
  cleanUps.push(() => storage.close());
  return storage;
}

test('processes that start together on an empty database make its tables once, and all of them serve', async () => {
  const gateways = await Promise.all([start(), start(), start()]);
  const { key } = await send<{ key: string }>(gateways[0] ?? (await start()), 'POST', '/key/generate', {});
  for (const gateway of gateways) {
    const info = await fetch(`${gateway.url}/key/info`, { headers: { authorization: `Bearer ${key}` } });
    expect(info.status).toBe(200);
  }
  const users = await (await openBooks()).db.selectFrom('users').select('user_id').execute();
  expect(users).toHaveLength(1);
});

test('one that is killed leaves its answers in its own folder; the others serve on, and the books are whole when it is back', async () => {
  const environment = environmentOfOne();
  const [killed, other] = [await start(environment), await start()];
  const { key } = await send<{ key: string }>(killed, 'POST', '/key/generate', {
    key_alias: 'shared',
    max_budget: 1_000,
  });
  const received: string[] = [];
  let isOver = false;
  const load = [killed, other, killed, other].map((gateway) =>
    sendUntilGone(gateway.url, key, received, () => isOver || gateway.child.signalCode !== null),
  );
  await eventually(async () => received.length > 60);
  await killed.stop('SIGKILL');
  const atTheKill = received.length;
  await eventually(async () => received.length > atTheKill + 60);
  isOver = true;
  await Promise.all(load);
  const restarted = await start(environment);
  expect(await Promise.all([restarted.stop('SIGTERM'), other.stop('SIGTERM')])).toEqual([0, 0]);

  const { db } = await openBooks();
  const rows = await db.selectFrom('request_logs').select(['request_id', 'spend_nano_usd']).execute();
  const inBooks = new Map(rows.map((row) => [row.request_id, row.spend_nano_usd]));
  expect(received.filter((id) => inBooks.get(id) !== costNanoUsd)).toEqual([]);
  const spend = rows.reduce((sum, row) => sum + row.spend_nano_usd, 0);
  const found = await db
    .selectFrom('keys')
    .select('spend_nano_usd')
    .where('key_alias', '=', 'shared')
    .executeTakeFirst();
  expect(found?.spend_nano_usd).toBe(spend);
  const rollups = await db.selectFrom('usage_rollups').select(['requests', 'spend_nano_usd']).execute();
  expect(rollups.reduce((sum, row) => sum + row.requests, 0)).toBe(rows.length);
  expect(rollups.reduce((sum, row) => sum + row.spend_nano_usd, 0)).toBe(spend);
});

test('people who are being imported when a process is killed are added by another one, each once', async () => {
  const [killed, other] = [await start(), await start()];
  const total = 400;
  const users = Array.from({ length: total }, (_, index) => ({ user_email: `person-${index}@example.com` }));
  const { import_id } = await send<{ import_id: string }>(killed, 'POST', '/user/import', { users });
  const progress = () =>
    send<{ status: string; created: number; failed: number; skipped: number }>(
      other,
      'GET',
      `/user/import/${import_id}`,
    );
  await eventually(async () => (await progress()).created > 10);
  await killed.stop('SIGKILL');
  expect((await progress()).created).toBeLessThan(total);
  // Instances look for work that was left over twice a minute.
  await eventually(async () => (await progress()).status === 'finished', 90_000);
  expect(await progress()).toMatchObject({ created: total, failed: 0, skipped: 0 });
  const { db } = await openBooks();
  const people = await db.selectFrom('users').select('user_id').where('user_email', 'like', 'person-%').execute();
  expect(people).toHaveLength(total);
  const invitations = await db.selectFrom('invitations').select('user_id').execute();
  expect(new Set(invitations.map(({ user_id }) => user_id)).size).toBe(invitations.length);
});
