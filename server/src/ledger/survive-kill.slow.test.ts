import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { migrations } from '../migrations.ts';
import { openStorage } from '../storage/open-storage.ts';
import { createTestDatabase } from '../testing/each-engine.ts';
import { type GatewayProcess, startGatewayProcess } from '../testing/gateway-process.ts';
import { sendUntilGone } from '../testing/send-until-gone.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** How often the gateway is killed in the test that kills it. */
    kills: number;
  }
}

const masterKey = 'sk-master-key-of-the-kill-test-5f4e';
/** 7 tokens at 1.5 and 3 tokens at 2 millionths of a dollar. */
const costNanoUsd = 7 * 1_500 + 3 * 2_000;
const clients = 12;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A data folder with a configuration, a provider, and a database of the engine. */
async function prepare(
  engine: 'sqlite' | 'postgres',
): Promise<{ environment: Record<string, string>; databaseUrl: string; upstream: FakeUpstream }> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-kill-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  const upstream = await startUpstream();
  cleanUps.push(() => upstream.close());
  upstream.respond(chat(['one ', 'two ', 'three'], usageOf(7, 3)));
  const database = await createTestDatabase(engine);
  cleanUps.push(() => database.drop());
  writeFileSync(
    join(folder, 'config.yaml'),
    `model_list:
  - model_name: gpt
    litellm_params:
      model: openai/gpt
      api_base: ${upstream.url}
      api_key: none
      input_cost_per_token: 0.0000015
      output_cost_per_token: 0.000002
`,
  );
  const environment = { LATCHKEY_DATA_DIR: folder, LITELLM_MASTER_KEY: masterKey, DATABASE_URL: database.url };
  return { environment, databaseUrl: database.url, upstream };
}

async function createKey(gateway: GatewayProcess): Promise<string> {
  const answer = await fetch(`${gateway.url}/key/generate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ key_alias: 'killed', max_budget: 1000 }),
  });
  return ((await answer.json()) as { key: string }).key;
}

describe.each(['sqlite', 'postgres'] as const)('With %s', (engine) => {
  test('after any number of kill -9 under load every answer that a client received whole is in the books exactly once', async () => {
    const { environment, databaseUrl } = await prepare(engine);
    const received: string[] = [];
    let key = '';
    for (let kill = 0; kill < inject('kills'); kill += 1) {
      const gateway = await startGatewayProcess(environment);
      key ||= await createKey(gateway);
      let isOver = false;
      const load = Array.from({ length: clients }, () => sendUntilGone(gateway.url, key, received, () => isOver));
      const enough = received.length + 30 + Math.floor(Math.random() * 150);
      while (received.length < enough) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      const killed = gateway.stop('SIGKILL');
      isOver = true;
      await killed;
      await Promise.all(load);
    }
    const last = await startGatewayProcess(environment);
    expect(await last.stop('SIGTERM')).toBe(0);

    const storage = await openStorage({ url: databaseUrl, migrations });
    cleanUps.push(() => storage.close());
    const rows = await storage.db
      .selectFrom('request_logs')
      .select(['request_id', 'spend_nano_usd', 'status'])
      .execute();
    const times = new Map<string, number>();
    for (const row of rows) times.set(row.request_id, (times.get(row.request_id) ?? 0) + 1);
    expect(received.length).toBeGreaterThan(inject('kills') * 20);
    expect(new Set(received).size).toBe(received.length);
    expect(received.filter((id) => times.get(id) !== 1)).toEqual([]);
    const byId = new Map(rows.map((row) => [row.request_id, row]));
    expect(received.filter((id) => byId.get(id)?.spend_nano_usd !== costNanoUsd)).toEqual([]);

    const inBooks = rows.reduce((sum, row) => sum + row.spend_nano_usd, 0);
    const keyRow = await storage.db
      .selectFrom('keys')
      .select('spend_nano_usd')
      .where('key_alias', '=', 'killed')
      .executeTakeFirstOrThrow();
    expect(keyRow.spend_nano_usd).toBe(inBooks);
    const rollups = await storage.db.selectFrom('usage_rollups').select(['requests', 'spend_nano_usd']).execute();
    expect(rollups.reduce((sum, row) => sum + row.requests, 0)).toBe(rows.length);
    expect(rollups.reduce((sum, row) => sum + row.spend_nano_usd, 0)).toBe(inBooks);
    process.stdout.write(
      `${engine}: ${inject('kills')} kills, ${received.length} answers received whole, ${rows.length} in the books, 0 lost, 0 doubled\n`,
    );
  });
});

test('on SIGTERM a running stream is finished, the books are closed, and the exit code is 0', async () => {
  const { environment, databaseUrl, upstream } = await prepare('sqlite');
  const gateway = await startGatewayProcess(environment);
  const key = await createKey(gateway);
  upstream.respond(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const head = { id: 'chatcmpl-slow', object: 'chat.completion.chunk', created: 1, model: 'gpt' };
    for (const content of ['a', 'b', 'c', 'd']) {
      response.write(
        `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`,
      );
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    response.write(
      `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
    );
    response.write(`data: ${JSON.stringify({ ...head, choices: [], usage: usageOf(7, 3) })}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt', stream: true, messages: [{ role: 'user', content: 'slowly' }] }),
  });
  const stopped = gateway.stop('SIGTERM');
  expect((await answer.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  expect(await stopped).toBe(0);
  const storage = await openStorage({ url: databaseUrl, migrations });
  cleanUps.push(() => storage.close());
  const rows = await storage.db.selectFrom('request_logs').select(['request_id', 'spend_nano_usd']).execute();
  expect(rows).toEqual([{ request_id: answer.headers.get('x-litellm-call-id'), spend_nano_usd: costNanoUsd }]);
});
