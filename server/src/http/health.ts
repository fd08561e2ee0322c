import * as z from 'zod/mini';
import { pingStorage, type Storage } from '../storage/open-storage.ts';
import { ApiError } from './api-error.ts';
import { implement, type Route } from './call.ts';
import { defineEndpoint } from './endpoint.contract.ts';

const liveness = defineEndpoint({
  method: 'GET',
  path: '/health/liveliness',
  aliases: ['/health/liveness'],
  summary: 'Whether the process answers',
  permission: 'public',
  result: z.string(),
});

const readiness = defineEndpoint({
  method: 'GET',
  path: '/health/readiness',
  summary: 'Whether the gateway can serve: the database answers',
  permission: 'public',
  errorShape: 'detail',
  result: z.object({
    status: z.string(),
    db: z.string(),
    /** Where several instances may run: whether this one hears at once of changes on the others. */
    change_feed: z.optional(z.enum(['connected', 'down'])),
  }),
});

/** What readiness says of the other instances. */
export interface FeedState {
  readonly state: 'off' | 'connected' | 'down';
}

/** The two checks that load balancers ask. Without a feed an instance serves, and sees changes of others later. */
export function healthRoutes(storage: Storage, feed: FeedState): Route[] {
  return [
    implement(liveness, async () => "I'm alive!"),
    implement(readiness, async () => {
      try {
        await pingStorage(storage);
      } catch {
        throw new ApiError(503, 'Service Unhealthy', { detail: 'Service Unhealthy (the database does not answer)' });
      }
      const { state } = feed;
      return { status: 'healthy', db: 'connected', ...(state === 'off' ? {} : { change_feed: state }) };
    }),
  ];
}
