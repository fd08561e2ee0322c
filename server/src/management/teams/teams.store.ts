import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import { listTeamsOfUser, loadTeam, type TeamWithMembers, withMembers } from './load-teams.ts';

/** A team, and whether the caller may see it. */
export interface FoundTeam {
  readonly found: TeamWithMembers;
  /** False: the team exists, and is none of the caller's business. */
  readonly visible: boolean;
}

/** Reads one team: any for admins, for everybody else one that they, or the key they call with, belong to. */
export async function findTeam(db: Kysely<Database>, access: Access, teamId: string): Promise<FoundTeam | null> {
  const found = await loadTeam(db, teamId);
  if (!found) return null;
  const { principal } = access;
  switch (access.reach) {
    case 'all':
      return { found, visible: true };
    case 'team':
    case 'own':
      return {
        found,
        visible:
          principal.keyTeamId === teamId ||
          (principal.userId !== null && found.members.some((member) => member.user_id === principal.userId)),
      };
    case 'none':
      return { found, visible: false };
  }
}

/**
 * Reads the teams of a person, or all of them.
 * @param userId null: everything within reach.
 */
export async function listTeamsWithin(
  db: Kysely<Database>,
  access: Access,
  userId: string | null,
): Promise<TeamWithMembers[]> {
  switch (access.reach) {
    case 'all':
      return userId === null
        ? withMembers(db, await db.selectFrom('teams').selectAll().execute())
        : listTeamsOfUser(db, userId);
    case 'team':
    case 'own': {
      const own = access.principal.userId;
      if (own === null || (userId !== null && userId !== own)) return [];
      return listTeamsOfUser(db, own);
    }
    case 'none':
      return [];
  }
}
