import type { Kysely, Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { TokenAccessSettings } from '../../config/token-access-settings.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import {
  admitPerson,
  type ConfirmedPerson,
  findIdentity,
  nothingSet,
  SignOnRefusal,
  writeIdentity,
} from '../single-sign-on/index.ts';
import '../teams/teams.table.ts';
import { lockUser } from '../users/index.ts';
import type { UserTable } from '../users/users.table.ts';
import type { TokenHolder } from './read-token.ts';
import { refuseHolder } from './token-refusals.ts';

/**
 * Makes the account of a token's holder, or brings it to the token's roles and teams, by the rules of signing in with
 * a provider.
 * @param user the account that was found, or null.
 * @throws ApiError 403 for somebody who may not come in.
 */
export async function admitHolder(
  tx: Transaction<Database>,
  parts: Parts,
  holder: TokenHolder,
  user: UserTable | null,
  settings: TokenAccessSettings,
): Promise<{ result: UserTable; audit: readonly [AuditEntry, ...AuditEntry[]] }> {
  const person = personOf(holder, settings);
  // An account that has the id of the token is the issuer's to name: it is tied to the token's subject for ever.
  if (user && !(await findIdentity(tx, person))) {
    await lockUser(tx, user.user_id);
    await writeIdentity(tx, parts, person, { userId: user.user_id, mappedTeamIds: [] });
  }
  try {
    const admitted = await admitPerson(tx, parts, person, { ...nothingSet, allow_new_users: settings.createsUsers });
    const [first, ...others] = admitted.audit;
    const tied: AuditEntry = {
      action: 'updated',
      object: { type: 'user', id: admitted.user.user_id },
      after: { sso_provider: person.provider, sso_issuer: person.issuer, sso_subject: person.subject },
    };
    return { result: admitted.user, audit: first ? [first, ...others] : [tied] };
  } catch (error) {
    if (error instanceof SignOnRefusal) throw refuseHolder(error.message.replace(/\.$/, ''));
    throw error;
  }
}

/** Whether the account is as the token says, so that nothing has to be written. */
export async function isUpToDate({ storage }: Parts, holder: TokenHolder, user: UserTable): Promise<boolean> {
  const { db } = storage;
  const identity = await findIdentity(db, holder);
  if (!identity) return false;
  const isRoleLost = holder.role === null && identity.mapped_role === user.user_role;
  if (isRoleLost || (holder.role !== null && holder.role !== user.user_role)) return false;
  if (identity.mapped_role !== holder.role) return false;
  if (holder.teamIds === null) return true;
  const mapped = JSON.parse(identity.mapped_team_ids) as string[];
  const named = await existingTeams(db, holder.teamIds.slice(0, 500));
  const memberships = await db
    .selectFrom('team_members')
    .select('team_id')
    .where('user_id', '=', user.user_id)
    .execute();
  const isMember = (teamId: string) => memberships.some((membership) => membership.team_id === teamId);
  return named.every(isMember) && mapped.every((teamId) => named.includes(teamId));
}

async function existingTeams(db: Kysely<Database>, teamIds: readonly string[]): Promise<string[]> {
  if (teamIds.length === 0) return [];
  const rows = await db.selectFrom('teams').select('team_id').where('team_id', 'in', teamIds).execute();
  return rows.map((row) => row.team_id);
}

function personOf(holder: TokenHolder, settings: TokenAccessSettings): ConfirmedPerson {
  return {
    provider: 'jwt',
    issuer: holder.issuer,
    subject: holder.subject,
    suggestedUserId: holder.userId,
    email: holder.email,
    emailVerified: holder.emailVerified,
    displayName: holder.displayName,
    role: holder.role,
    teamIds: settings.syncsRolesAndTeams ? holder.teamIds : null,
    teamsToMake: [],
    claims: holder.claims,
  };
}
