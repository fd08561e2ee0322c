import { getSecondFactors } from '@latchkey/server/contract';
import { queryOptions } from '@tanstack/react-query';
import { call, type ResultOf } from '../../api/call.ts';

/** The person's authenticator app, recovery codes and passkeys. */
export type SecondFactors = ResultOf<typeof getSecondFactors>;

/** `GET /user/second_factors`. */
export const secondFactorsQuery = queryOptions({
  queryKey: ['second-factors'],
  queryFn: ({ signal }) => call(getSecondFactors, undefined, { signal }),
});
