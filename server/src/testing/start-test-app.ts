import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { type App, createApp } from '../app.ts';
import { type LoadedSettings, loadSettings } from '../config/load-settings.ts';
import type { DeploymentSettings, Settings } from '../config/settings.ts';
import { listeningPort } from '../http/listening-port.ts';
import { migrations } from '../migrations.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';

/** The master key of test gateways. */
export const testMasterKey = 'sk-test-master-key-9f8e7d6c5b4a';

/** An answer, read whole. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json<Body = Record<string, unknown>>(): Body;
}

/** A real gateway on a free port with a data folder of its own. */
export interface TestApp {
  readonly app: App;
  readonly storage: Storage;
  /** Without a trailing slash and without `/v1`; includes the root path. */
  readonly url: string;
  /** Sends a request as the holder of the key (the master key unless told otherwise; null: nobody). */
  send(
    method: string,
    path: string,
    options?: { key?: string | null; body?: unknown; headers?: Record<string, string> },
  ): Promise<TestAnswer>;
  /** Waits until everything settled so far is in the database. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A deployment for tests: an OpenAI-compatible server with prices of its own. */
export function testDeployment(
  modelName: string,
  apiBase: string,
  more: Partial<DeploymentSettings> = {},
): DeploymentSettings {
  return {
    id: `test-${modelName}`,
    modelName,
    provider: 'openai',
    providerModel: `provider-${modelName}`,
    apiBase,
    apiKey: 'provider-secret',
    extraHeaders: {},
    organization: null,
    timeoutMs: 30_000,
    streamTimeoutMs: null,
    weight: 1,
    budget: null,
    rates: { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null },
    region: null,
    tags: [],
    mockResponse: null,
    mode: 'chat',
    prices: { input_cost_per_token: '0.0000015', output_cost_per_token: '0.000002' },
    baseModel: null,
    maxOutputTokens: null,
    accessGroups: [],
    isCheckedInBackground: true,
    teamId: null,
    ...more,
  };
}

/** The settings of a gateway that was told nothing but its master key. */
export function testSettings(dataDir = tmpdir()): Settings {
  return load(dataDir, {}).settings;
}

function load(dataDir: string, environment: Readonly<Record<string, string>>): LoadedSettings {
  return loadSettings({
    environment: {
      LITELLM_MASTER_KEY: testMasterKey,
      LATCHKEY_DATA_DIR: dataDir,
      PORT: '0',
      HOST: '127.0.0.1',
      ...environment,
    },
    arguments: [],
    folder: dataDir,
  });
}

/**
 * Starts a gateway.
 * @param options.config the text of its `config.yaml`.
 * @param options.storage an open database; without it, SQLite in the data folder. It is closed with the gateway.
 */
export async function startTestApp(
  options: {
    settings?: Partial<Settings>;
    config?: string;
    environment?: Readonly<Record<string, string>>;
    storage?: Storage;
    now?: () => number;
  } = {},
): Promise<TestApp> {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  if (options.config !== undefined) writeFileSync(join(dataDir, 'config.yaml'), options.config);
  const { settings: loaded, configuration } = load(dataDir, options.environment ?? {});
  const settings: Settings = { ...loaded, ...options.settings };
  const storage = options.storage ?? (await openStorage({ url: settings.databaseUrl, migrations }));
  const app = await createApp({
    settings,
    configuration: {
      ...configuration,
      settingsWith: (stored) => ({ ...configuration.settingsWith(stored), ...options.settings }),
    },
    storage,
    logger: pino({ level: 'silent' }),
    consoleFolder: join(import.meta.dirname, '../../../web/dist'),
    ...(options.now ? { now: options.now } : {}),
  });
  await app.http.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${listeningPort(app.http)}${settings.serverRootPath}`;
  return {
    app,
    storage,
    url,
    async send(method, path, { key = testMasterKey, body, headers = {} } = {}) {
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
    },
    flush: () => app.ledger.flush(),
    async close() {
      await app.close(500);
      await storage.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
