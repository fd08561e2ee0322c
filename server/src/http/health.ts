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
  result: z.object({ status: z.string(), db: z.string() }),
});

/** The two checks that load balancers ask. */
export function healthRoutes(storage: Storage): Route[] {
  return [
    implement(liveness, async () => "I'm alive!"),
    implement(readiness, async () => {
      try {
        await pingStorage(storage);
      } catch {
        throw new ApiError(503, 'Service Unhealthy', { detail: 'Service Unhealthy (the database does not answer)' });
      }
      return { status: 'healthy', db: 'connected' };
    }),
  ];
}
