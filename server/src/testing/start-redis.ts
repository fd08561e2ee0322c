import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findRedis } from '../../../scripts/provide-programs.mjs';
import { newRedisClient } from '../storage/open-redis.ts';
import { freePort, runServer } from './run-server.ts';

/** A throw-away Redis server. */
export interface TestRedis {
  /** Its address, with the password. */
  readonly url: string;
  stop(): Promise<void>;
}

const password = 'password-of-the-test-redis';

/**
 * Starts a Redis server of its own: random port on 127.0.0.1, a password, nothing on disk.
 * @throws Error when it is not installed or does not come up.
 */
export async function startRedis(): Promise<TestRedis> {
  const program = findRedis();
  if (program === undefined) throw new Error('Redis is not installed. `npm test` installs it or says how to.');
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', requirepass: password };
  const parameters = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-redis-'));
  const stop = runServer([program, ...parameters], { folder, signal: 'TERM', deletes: folder });
  const url = `redis://:${password}@127.0.0.1:${port}`;
  try {
    await untilItAnswers(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

async function untilItAnswers(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = newRedisClient({ url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      client.destroy();
      return;
    } catch (cause) {
      if (Date.now() > deadline) throw new Error('Redis did not come up within 30 s.', { cause });
      await delay(25);
    }
  }
}
