import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test as base } from '@playwright/test';

/** A running gateway with a data folder of its own. */
export interface Gateway {
  /** Its address without a trailing slash. */
  readonly url: string;
  readonly masterKey: string;
  /** Sends a request with a key (the master key unless told otherwise) and returns status and parsed body. */
  request(method: string, path: string, options?: { body?: unknown; key?: string }): Promise<Answer>;
  /** What it has written to its log so far. */
  log(): string;
}

/** The answer of the gateway's API. */
export interface Answer {
  readonly status: number;
  // The body is whatever the endpoint promises; a test looks at the fields it knows.
  readonly body: Record<string, unknown>;
}

/** What one token of `assistant`'s input costs, in dollars; its output costs twice as much. */
export const usdPerInputToken = 0.01;

/** Two models that answer by themselves, at a price that shows in the console, and the seed's budget for people. */
const config = `
model_list:
  - model_name: assistant
    litellm_params:
      model: openai/assistant
      mock_response: Hello from the gateway.
      input_cost_per_token: ${usdPerInputToken}
      output_cost_per_token: ${2 * usdPerInputToken}
  - model_name: embedder
    litellm_params:
      model: openai/embedder
      mock_response: unused
      input_cost_per_token: ${usdPerInputToken}
    model_info:
      mode: embedding
litellm_settings:
  max_internal_user_budget: 10
  internal_user_budget_duration: 1mo
  cache: true
`;

/** A gateway that whoever started it ends. */
export interface StartedGateway extends Gateway {
  close(): Promise<void>;
}

/** How a gateway is started that is not like the others. */
export interface GatewayOptions {
  /** What stands in its `PROXY_BASE_URL`: its own address, so that mails that no request causes have links. */
  readonly knowsItsAddress?: boolean;
  /** How far its clock is ahead. */
  readonly aheadMs?: number;
}

/** Starts a gateway and waits until it answers. @param environment what it is told besides; `SERVER_ROOT_PATH` becomes a part of its address. */
export async function startGateway(
  environment: Readonly<Record<string, string>> = {},
  { knowsItsAddress = false, aheadMs = 0 }: GatewayOptions = {},
): Promise<StartedGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  const port = await freePort();
  const masterKey = 'sk-e2e-4f9c2b7a6d1e8035';
  await writeFile(join(folder, 'config.yaml'), config);
  const child = spawn(process.execPath, ['server/src/main.ts', '--config', join(folder, 'config.yaml')], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      LITELLM_MASTER_KEY: masterKey,
      LATCHKEY_DATA_DIR: join(folder, 'data'),
      ...(knowsItsAddress ? { PROXY_BASE_URL: `http://127.0.0.1:${port}` } : {}),
      ...(aheadMs === 0 ? {} : { NODE_OPTIONS: `--import=${clockAhead(aheadMs)}` }),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const url = `http://127.0.0.1:${port}${environment['SERVER_ROOT_PATH'] ?? ''}`;
  const close = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilItAnswers(url, child, () => output);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, masterKey, request: requestTo(url, masterKey), log: () => output, close };
}

/** A module that sets the clock of the process that imports it. */
function clockAhead(ms: number): string {
  const script = `const now = Date.now; Date.now = () => now() + ${ms};`;
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

/** Playwright's `test` with a gateway that lives as long as the worker. */
export const test = base.extend<object, { gateway: Gateway }>({
  gateway: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
    async ({}, use) => {
      const { close, ...gateway } = await startGateway();
      await use(gateway);
      await close();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ gateway }, use) => use(`${gateway.url}/ui/`),
});

export { expect } from '@playwright/test';

function requestTo(url: string, masterKey: string): Gateway['request'] {
  return async (method, path, { body, key = masterKey } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
}

async function untilItAnswers(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answered = await fetch(`${url}/.well-known/litellm-ui-config`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`The gateway did not start:\n${output()}`);
    await delay(50);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, delay(10_000).then(() => child.kill('SIGKILL'))]);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
