import { newRedisClient, type Redis, type RedisSettings } from '../storage/open-redis.ts';
import type { Channel } from './channel.ts';

/**
 * Publish and subscribe of Redis. What is published while a subscriber is away is lost to it, and a writer that dies
 * between its commit and the message tells nobody.
 * @param redis what is published goes over it; a connection that listens can do nothing else.
 */
export function redisChannel(redis: Redis, settings: RedisSettings, name: string): Channel {
  return {
    name: 'redis',
    sendWithin: null,
    async send(texts) {
      await Promise.all(texts.map((text) => redis.publish(name, text)));
    },
    async listen(heard, lost) {
      const client = newRedisClient(settings);
      client.on('error', lost);
      client.on('end', () => lost(new Error('the connection was closed')));
      await Promise.all([client.connect(), redis.untilReady()]);
      await client.subscribe(name, heard);
      return {
        send: (text) => redis.publish(name, text),
        async close() {
          if (client.isOpen) client.destroy();
        },
      };
    },
  };
}
