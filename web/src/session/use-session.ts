import type { Permission, Reach } from '@latchkey/server/contract';
import { useSuspenseQuery } from '@tanstack/react-query';
import { type Session, sessionQuery } from './session-query.ts';

/** The session. Only for what renders inside the shell, which waits for it. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** How far the permission reaches for the person in front of the console; undefined: not at all. */
export function useCan(permission: Permission): Exclude<Reach, 'none'> | undefined {
  return useSession().capabilities[permission];
}
