import { listRequests } from '@latchkey/server/contract';
import { queryOptions } from '@tanstack/react-query';
import { call, type ResultOf } from '../api/call.ts';

/** A request as lists show it: no prompt, no answer. */
export type RequestRow = ResultOf<typeof listRequests>['requests'][number];

/** How often a page that watches for requests asks for new ones. */
export const watchIntervalMs = 4000;

/** The newest requests within reach, or of one key. */
export function requestsQuery({ limit, apiKey }: { limit: number; apiKey?: string | undefined }) {
  return queryOptions({
    queryKey: ['requests', { limit, apiKey: apiKey ?? null }],
    queryFn: async ({ signal }): Promise<readonly RequestRow[]> => {
      const { requests } = await call(
        listRequests,
        { limit, ...(apiKey === undefined ? {} : { api_key: apiKey }) },
        { signal },
      );
      return requests;
    },
    // While the page is open and in front; a hidden tab asks nothing.
    refetchInterval: watchIntervalMs,
    refetchIntervalInBackground: false,
  });
}
