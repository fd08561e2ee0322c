import type { Logger } from 'pino';
import type { ConnectedChanges } from './audit/change.ts';
import type { Settings } from './config/settings.ts';
import type { Counters } from './counters/counters.ts';
import type { Channel } from './feed/channel.ts';
import { type Feed, openFeed } from './feed/feed.ts';
import { postgresChannel } from './feed/postgres-channel.ts';
import { readNamespace } from './feed/read-namespace.ts';
import type { Storage } from './storage/open-storage.ts';

/** Connects this instance with the others on its database: each obeys what is changed on another. */
export async function connectInstances(parts: {
  settings: Settings;
  storage: Storage;
  logger: Logger;
  changes: ConnectedChanges;
  counters: Counters;
}): Promise<Feed> {
  const { settings, storage, logger, changes, counters } = parts;
  const name = `latchkey_${await readNamespace(storage)}`;
  const channels: Channel[] = [];
  if (storage.postgresUrl !== null && settings.postgresFeed) channels.push(postgresChannel(storage.postgresUrl, name));
  return openFeed(
    channels,
    { changes: changes.receive, spend: counters.learn, missed: changes.miss },
    {
      onLost: (error, channel) =>
        logger.warn(
          { err: error, channel },
          `changes on other instances are not heard of; they are seen within ${settings.recordsStaleAfterMs / 1000} s`,
        ),
      onConnected: (channel) => logger.info({ channel }, 'changes on other instances are heard of'),
    },
  );
}
