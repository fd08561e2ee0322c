import { useQuery } from '@tanstack/react-query';
import { useSession } from '../../session/use-session.ts';
import { teamsQuery } from './key-queries.ts';

/** What this person may do with one key. */
export interface KeyRights {
  /** Name, models, end, rates, tags. */
  mayUpdate: boolean;
  /** Budgets are for admins of the gateway and of the key's team: an owner could otherwise lift an admin's limit. */
  mayChangeBudget: boolean;
  /** As with budgets: an owner could otherwise undo an admin's decision. */
  mayBlock: boolean;
  mayDelete: boolean;
}

/** Answers, for a key, which buttons would not be refused. */
export function useKeyRights(): (key: { user_id: string | null; team_id: string | null }) => KeyRights {
  const { user, teams, capabilities } = useSession();
  const update = capabilities['key:update'];
  const { data: teamRows } = useQuery({ ...teamsQuery, enabled: update === 'team' && teams.length > 0 });
  return (key) => {
    const isOwn = key.user_id === user.user_id;
    const administers = teams.some((team) => team.team_id === key.team_id && team.role === 'admin');
    const team = teamRows?.find((row) => row.team_id === key.team_id);
    const memberMayUpdate =
      key.team_id === null ? isOwn : (team?.team_member_permissions.includes('/key/update') ?? false);
    return {
      mayUpdate: update === 'all' || (update === 'team' && (administers || memberMayUpdate)),
      mayChangeBudget: update === 'all' || (update === 'team' && administers),
      mayBlock: capabilities['key:block'] === 'all' || (capabilities['key:block'] === 'team' && administers),
      mayDelete:
        capabilities['key:delete'] === 'all' || (capabilities['key:delete'] === 'team' && (isOwn || administers)),
    };
  };
}
