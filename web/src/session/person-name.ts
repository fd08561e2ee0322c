import type { Session } from './session-query.ts';

/** What to call the person in front of the console. The holder of the master credentials has no name of their own. */
export function personName({ user, is_master: isMaster }: Pick<Session, 'user' | 'is_master'>): string {
  if (user.user_alias !== null && user.user_alias !== '') return user.user_alias;
  return user.user_email ?? (isMaster ? 'Administrator' : user.user_id);
}
