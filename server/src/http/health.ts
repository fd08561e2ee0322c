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
    /** With Redis: whether budgets and rates are counted together with the other instances. */
    counters: z.optional(z.enum(['shared', 'alone'])),
  }),
});

/** How this instance is tied to others on its database; `off` where it needs no tie. */
export interface InstanceState {
  readonly feed: 'off' | 'connected' | 'down';
  /** Each channel of the feed by its name. */
  readonly channels: Readonly<Record<string, 'connected' | 'down'>>;
  readonly counters: 'off' | 'shared' | 'alone';
}

/** What readiness says of the ties that there are. An instance whose ties are cut serves: it is ready all the same. */
export function describeTies({ feed, counters }: InstanceState) {
  return { ...(feed === 'off' ? {} : { change_feed: feed }), ...(counters === 'off' ? {} : { counters }) };
}

/** The two checks that load balancers ask. */
export function healthRoutes(storage: Storage, instance: InstanceState): Route[] {
  return [
    implement(liveness, async () => "I'm alive!"),
    implement(readiness, async () => {
      try {
        await pingStorage(storage);
      } catch {
        throw new ApiError(503, 'Service Unhealthy', { detail: 'Service Unhealthy (the database does not answer)' });
      }
      return { status: 'healthy', db: 'connected', ...describeTies(instance) };
    }),
  ];
}
