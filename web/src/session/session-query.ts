import { getSession } from '@latchkey/server/contract';
import { queryOptions } from '@tanstack/react-query';
import { call, type ResultOf, rememberCsrfToken } from '../api/call.ts';

/** The signed-in person, what they may do, and how the gateway is set up. */
export type Session = ResultOf<typeof getSession>;

/** `GET /ui/session`. Fails with 401 when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session> => {
    const session = await call(getSession, undefined, { signal, onSignedOut: 'throw' });
    rememberCsrfToken(session.csrf_token);
    return session;
  },
  staleTime: 5 * 60_000,
});
