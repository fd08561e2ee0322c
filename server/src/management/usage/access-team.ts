import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import { loadTeamRights, type TeamRights } from '../keys/team-rights.ts';

/** What somebody may see of a team's usage. */
export interface TeamAccess {
  /** To be used together with a filter by this very team: for its admins it reaches everything in it. */
  readonly access: Access;
  readonly relation: 'everything' | 'own' | 'none';
}

/** Admins of a team, and members whom it grants `/team/daily/activity`, see all of it; other members their own part. */
export async function accessToTeam(db: Kysely<Database>, access: Access, teamId: string): Promise<TeamAccess> {
  if (access.reach === 'all') return { access, relation: 'everything' };
  if (access.reach === 'none') return { access, relation: 'none' };
  const { principal } = access;
  const rights = principal.userId === null ? null : await loadTeamRights(db, teamId, principal.userId);
  if (rights && seesWholeTeam(rights))
    return { access: { principal, reach: 'all', roleReach: 'all' }, relation: 'everything' };
  return { access, relation: rights?.role ? 'own' : 'none' };
}

function seesWholeTeam(rights: TeamRights): boolean {
  return (
    rights.role === 'admin' || (rights.role === 'user' && rights.memberPermissions.includes('/team/daily/activity'))
  );
}
