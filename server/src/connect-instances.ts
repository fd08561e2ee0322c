import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { ChangedObject, ConnectedChanges } from './audit/change.ts';
import type { Settings } from './config/settings.ts';
import type { Counters } from './counters/counters.ts';
import { createMemoryCounters } from './counters/memory-counters.ts';
import { createRedisCounters } from './counters/redis-counters.ts';
import { redisScripts } from './counters/redis-scripts.ts';
import type { Channel } from './feed/channel.ts';
import { type Feed, openFeed } from './feed/feed.ts';
import { postgresChannel } from './feed/postgres-channel.ts';
import { readNamespace } from './feed/read-namespace.ts';
import { redisChannel } from './feed/redis-channel.ts';
import type { InstanceState } from './http/health.ts';
import { subjectNamesOf } from './ledger/spend-subjects.ts';
import { openRedis } from './storage/open-redis.ts';
import type { Storage } from './storage/open-storage.ts';

/** What ties this instance to the others on its database. */
export interface Connections {
  readonly feed: Feed;
  readonly counters: Counters;
  /** Whether the ties hold, for those who look after the gateway. */
  readonly state: InstanceState;
  close(): Promise<void>;
}

/**
 * Connects this instance with the others on its database: each obeys what is changed on another, and they count
 * together where there is Redis. Whatever of it is away, the instance serves, and says so.
 */
export async function connectInstances(parts: {
  settings: Settings;
  storage: Storage;
  logger: Logger;
  changes: ConnectedChanges;
  now: () => number;
}): Promise<Connections> {
  const { settings, storage, logger, changes, now } = parts;
  const namespace = await readNamespace(storage);
  const channelName = `latchkey_${namespace}`;
  const memory = createMemoryCounters(subjectNamesOf);
  const channels: Channel[] = [];
  if (storage.postgresUrl !== null && settings.postgresFeed) {
    channels.push(postgresChannel(storage.postgresUrl, channelName));
  }
  const shared = settings.redis && connectRedis(settings.redis);
  if (shared) channels.push(shared.channel);
  const counters = shared?.counters ?? memory;

  function connectRedis(redisSettings: NonNullable<Settings['redis']>) {
    const redis = openRedis(redisSettings, {
      scripts: redisScripts,
      onOutage: (error) => logger.warn({ err: error }, 'Redis is away; tried again shortly'),
    });
    const counters = createRedisCounters(memory, redis, subjectNamesOf, {
      prefix: `latchkey:{${namespace}}:`,
      instanceId: randomUUID(),
      now,
      onChange(isShared, reason) {
        if (isShared) logger.info('budgets and rates are counted together with the other instances');
        else logger.warn({ err: reason }, 'budgets and rates are counted by this instance alone while Redis is away');
      },
    });
    changes.onChange((object, origin) => {
      if (origin === 'here' && mayChangeSpend(object)) counters.reset();
    });
    return { redis, counters, channel: redisChannel(redis, redisSettings, channelName) };
  }

  const feed = openFeed(
    channels,
    { changes: changes.receive, spend: counters.learn, missed: changes.miss },
    {
      onLost: (error, channel) => logger.warn({ err: error, channel }, unheard(settings)),
      onConnected: (channel) => logger.info({ channel }, 'changes on other instances are heard of'),
    },
  );
  return {
    feed,
    counters,
    state: {
      get feed() {
        return feed.state;
      },
      get channels() {
        return feed.channels;
      },
      get counters() {
        if (!shared) return 'off';
        return shared.counters.isShared ? 'shared' : 'alone';
      },
    },
    async close() {
      await feed.close();
      shared?.counters.close();
      await shared?.redis.close();
    },
  };
}

function unheard({ recordsStaleAfterMs }: Settings): string {
  return `changes on other instances are not heard of; they are seen within ${recordsStaleAfterMs / 1000} s`;
}

/** The rest of what can change has no budget. */
function mayChangeSpend({ type }: ChangedObject): boolean {
  return type !== 'session' && type !== 'invitation' && type !== 'user-import' && type !== 'settings';
}
