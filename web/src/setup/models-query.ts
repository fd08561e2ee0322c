import { listModels } from '@latchkey/server/contract';
import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/call.ts';

/** Names of the models this person may call, in the gateway's order. */
export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: async ({ signal }): Promise<readonly string[]> => {
    const { data } = await call(listModels, undefined, { signal });
    return data.map((model) => model.id);
  },
  staleTime: 60_000,
});
