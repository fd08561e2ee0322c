import { createHash } from 'node:crypto';
import { createClient } from '@redis/client';

/** A connection to Redis that fails fast and mends itself: nothing waits for a server that is away. */
export interface Redis {
  readonly isReady: boolean;
  /** Resolves when a connection is there. */
  untilReady(): Promise<void>;
  /** Called whenever a connection is there, at once if it is already. Scripts of `define` are known to it. */
  onReady(listener: () => void): void;
  /** Called when the connection that was there is lost. */
  onLost(listener: () => void): void;
  /**
   * Runs a script, after everything that was sent before.
   * @throws at once while there is no connection; after a while when no answer comes. After a failure of any kind the
   * connection is given up: nobody knows what of it was done.
   */
  run(script: RedisScript, keys: readonly string[], values: readonly string[]): Promise<unknown>;
  /** Sends a text to a channel. @throws like `run`. */
  publish(channel: string, text: string): Promise<void>;
  close(): Promise<void>;
}

/** A Lua script, which Redis runs as one step. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

/** Where Redis is. */
export interface RedisSettings {
  /** `redis://` or, for TLS, `rediss://`, with user and password. */
  readonly url: string;
}

/** Names a script. */
export function defineScript(text: string): RedisScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

interface Waiting {
  readonly sentAt: number;
  readonly fail: (error: Error) => void;
}

const connectWithinMs = 5_000;
const lookEveryMs = 100;
const retryAfterMs = 100;
const retryAtMostEveryMs = 2_000;
/** A connection that holds for so long has ended the outage before it. */
const goodAfterMs = 10_000;

/**
 * Opens a connection and keeps it; returns at once.
 * @param options.scripts what `run` will be given.
 * @param options.answerWithinMs how long an answer is waited for.
 * @param options.onOutage told why there is no connection, once for each outage.
 */
export function openRedis(
  settings: RedisSettings,
  options: { scripts: readonly RedisScript[]; answerWithinMs?: number; onOutage: (error: unknown) => void },
): Redis {
  const answerWithinMs = options.answerWithinMs ?? 500;
  const readyListeners: (() => void)[] = [];
  let becomingReady = Promise.withResolvers<void>();
  const lostListeners: (() => void)[] = [];
  /** What was sent and is not answered, in the order of sending. */
  const waiting = new Set<Waiting>();
  let client: RedisClient | null = null;
  let isReady = false;
  let isClosed = false;
  let isOutageTold = false;
  let failures = 0;
  let readyAt = 0;
  let timer: NodeJS.Timeout | undefined;

  function open(): void {
    const mine = newRedisClient(settings);
    client = mine;
    const fail = (error: unknown) => {
      if (mine === client) giveUp(error);
    };
    mine.on('error', fail);
    mine.on('end', () => fail(new Error('the connection was closed')));
    wait(connectWithinMs, () => fail(new Error(`no connection within ${connectWithinMs} ms`)));
    mine
      .connect()
      .then(() => Promise.all(options.scripts.map(({ text }) => mine.sendCommand(['SCRIPT', 'LOAD', text]))))
      .then(() => {
        if (mine !== client) return;
        clearTimeout(timer);
        isReady = true;
        readyAt = performance.now();
        becomingReady.resolve();
        for (const listener of readyListeners) listener();
      })
      .catch(fail);
  }

  function wait(ms: number, then: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(then, ms).unref();
  }

  function giveUp(error: unknown): void {
    // One that fails as soon as it is used is no better than none.
    const wasGood = isReady && performance.now() - readyAt > goodAfterMs;
    drop(error);
    if (isClosed) return;
    if (wasGood) {
      failures = 0;
      isOutageTold = false;
    }
    const pauseMs = Math.min(retryAfterMs * 2 ** failures, retryAtMostEveryMs);
    failures = Math.min(failures + 1, 10);
    wait(pauseMs * (0.5 + Math.random()), open);
    if (!isOutageTold) options.onOutage(error);
    isOutageTold = true;
  }

  function drop(error: unknown): void {
    const wasReady = isReady;
    const last = client;
    isReady = false;
    client = null;
    if (last?.isOpen) last.destroy();
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const { fail } of waiting) fail(reason);
    waiting.clear();
    if (!wasReady) return;
    becomingReady = Promise.withResolvers<void>();
    for (const listener of lostListeners) listener();
  }

  async function send(command: readonly string[]): Promise<unknown> {
    if (!isReady || !client) throw new Error('Redis is not connected');
    const used = client;
    const sent = used.sendCommand(command);
    const { promise, reject } = Promise.withResolvers<never>();
    const entry: Waiting = { sentAt: performance.now(), fail: reject };
    waiting.add(entry);
    try {
      return await Promise.race([sent, promise]);
    } catch (error) {
      if (used === client) giveUp(error);
      throw error;
    } finally {
      waiting.delete(entry);
    }
  }

  let lookedAt = performance.now();
  const looking = setInterval(() => {
    const now = performance.now();
    // A process that was busy itself has not read yet what may have been answered.
    const isLate = now - lookedAt > 2 * lookEveryMs;
    lookedAt = now;
    const [oldest] = waiting;
    if (isLate || !oldest || now - oldest.sentAt < answerWithinMs) return;
    giveUp(new Error(`Redis did not answer within ${answerWithinMs} ms`));
  }, lookEveryMs);
  looking.unref();

  open();
  return {
    get isReady() {
      return isReady;
    },
    untilReady: () => becomingReady.promise,
    onReady(listener) {
      readyListeners.push(listener);
      if (isReady) listener();
    },
    onLost(listener) {
      lostListeners.push(listener);
    },
    run: (script, keys, values) => send(['EVALSHA', script.sha1, String(keys.length), ...keys, ...values]),
    async publish(channel, text) {
      await send(['PUBLISH', channel, text]);
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      clearInterval(looking);
      drop(new Error('the connection was closed'));
    },
  };
}

/** A client of the library. */
export type RedisClient = ReturnType<typeof newRedisClient>;

/** Creates a client that neither reconnects nor queues: whoever uses it decides about both. */
export function newRedisClient({ url }: RedisSettings) {
  return createClient({
    url,
    name: 'latchkey',
    RESP: 2,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false, connectTimeout: connectWithinMs },
  });
}
