import type { Permission, Reach } from '@latchkey/server/contract';
import { useSession } from '../../session/use-session.ts';

/** What this person may do with one key. */
export interface KeyRights {
  mayUpdate: boolean;
  mayBlock: boolean;
  mayDelete: boolean;
}

/** Answers, for a key, which buttons would not be refused. */
export function useKeyRights(): (key: { user_id: string | null; team_id: string | null }) => KeyRights {
  const { user, teams, capabilities } = useSession();
  return (key) => {
    const isOwn = key.user_id === user.user_id;
    const isOfAdministeredTeam = teams.some((team) => team.team_id === key.team_id && team.role === 'admin');
    const may = (permission: Permission): boolean => {
      const reach: Exclude<Reach, 'none'> | undefined = capabilities[permission];
      return reach === 'all' || (reach !== undefined && isOwn) || (reach === 'team' && isOfAdministeredTeam);
    };
    return { mayUpdate: may('key:update'), mayBlock: may('key:block'), mayDelete: may('key:delete') };
  };
}
