import { hash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { masterUserId } from '../../access/principal.ts';
import { systemContext } from '../../audit/change.ts';
import type { TokenAccessSettings } from '../../config/token-access-settings.ts';
import type { Database } from '../../storage/database.ts';
import { loadKeylessRecord, type TokenAccess } from '../keys/index.ts';
import '../organizations/organizations.table.ts';
import type { Parts } from '../parts.ts';
import { findIdentity, isMadeMeanwhile } from '../single-sign-on/index.ts';
import { isFoundByAddress } from '../users/index.ts';
import type { UserTable } from '../users/users.table.ts';
import { admitHolder, isUpToDate } from './admit-holder.ts';
import { readToken, type TokenHolder } from './read-token.ts';
import { refuseHolder, refuseToken } from './token-refusals.ts';
import { createTokenVerifier } from './verify-token.ts';

/** No token that fits into the headers of a request is longer. */
const longestToken = 16_384;

/** Lets people call with tokens of an identity provider (contract 5.4): who they are, and what bounds their calls. */
export function openTokenAccess(parts: Parts, settings: TokenAccessSettings): TokenAccess {
  const verifier = createTokenVerifier(settings);
  return {
    accepts: (credential) => /^ey[\w-]+\.[\w-]+\.[\w-]+$/.test(credential) && credential.length <= longestToken,
    async load(credential, now) {
      const { claims, expiresAt } = await verifier.verify(credential, now);
      const holder = readToken(claims, settings);
      const { db } = parts.storage;
      const user = await findOrAdmit(parts, holder, settings);
      const teamId = await findTeam(db, holder);
      if (user === null && teamId === null && !holder.isAdmin) {
        throw refuseHolder('nobody here has its user id, and it names no team that exists. Ask an admin to add you');
      }
      const organizationId = teamId === null ? await findOrganization(db, holder) : null;
      const record = await loadKeylessRecord(
        db,
        {
          hash: nameInBooks(holder, teamId ?? ''),
          name: `token of ${holder.subject.slice(0, 60)}`,
          userId: user?.user_id ?? (holder.userId === masterUserId ? null : holder.userId),
          teamId,
          organizationId,
          allowedRoutes: routesOf(holder, teamId, settings),
          expiresAt,
        },
        now,
      );
      const role = holder.isAdmin ? 'proxy_admin' : (record.user?.role ?? 'unknown');
      return { record: { ...record, endUserId: holder.endUserId }, role };
    },
  };
}

/** What calls with tokens are booked under: the same for every token of the same holder and team. */
function nameInBooks(holder: TokenHolder, teamId: string): string {
  return hash('sha256', JSON.stringify(['token', holder.issuer, holder.subject, teamId]));
}

function routesOf(holder: TokenHolder, teamId: string | null, settings: TokenAccessSettings): readonly string[] {
  if (holder.isAdmin) return settings.adminAllowedRoutes;
  return teamId === null ? [] : settings.teamAllowedRoutes;
}

/** The account of the holder; made, or brought to what the token says, where the settings want that. */
async function findOrAdmit(
  parts: Parts,
  holder: TokenHolder,
  settings: TokenAccessSettings,
): Promise<UserTable | null> {
  if (holder.userId === null) return null;
  const { db } = parts.storage;
  const user = await findUser(db, holder);
  // That row stands for the master key, which no token is.
  if (user?.user_id === masterUserId || (user === null && holder.userId === masterUserId)) {
    throw refuseToken(`${masterUserId} stands for the master key`);
  }
  if (user === null && (!settings.createsUsers || holder.isAdmin)) return null;
  if (user !== null && (!settings.syncsRolesAndTeams || (await isUpToDate(parts, holder, user)))) return user;
  const admit = (found: UserTable | null) =>
    parts.changes.change(systemContext, (tx) => admitHolder(tx, parts, holder, found, settings));
  return admit(user).catch(async (error: unknown) => {
    if (!isMadeMeanwhile(error)) throw error;
    // The first calls of somebody at once: another has just made the account.
    const made = await findUser(db, holder);
    if (made === null) throw error;
    return (await isUpToDate(parts, holder, made)) ? made : admit(made);
  });
}

/** By the issuer's own subject, by the id that the token claims, or by an address that the issuer has verified. */
async function findUser(db: Kysely<Database>, holder: TokenHolder): Promise<UserTable | null> {
  const users = db.selectFrom('users').selectAll();
  const identity = await findIdentity(db, holder);
  const userId = identity?.user_id ?? holder.userId ?? '';
  const byId = await users.where('user_id', '=', userId).executeTakeFirst();
  if (byId) return byId;
  if (holder.email === null || !holder.emailVerified) return null;
  const email = holder.email.toLowerCase();
  const byAddress = await users.where(sql<boolean>`lower(user_email) = ${email}`).executeTakeFirst();
  if (byAddress && !isFoundByAddress(byAddress)) {
    throw refuseToken('the account with its address has entered that itself, and no admin has confirmed it');
  }
  return byAddress ?? null;
}

/** The team that the token is for: the one it names, which must exist; else the first of its teams that does. */
async function findTeam(db: Kysely<Database>, holder: TokenHolder): Promise<string | null> {
  const named = holder.teamId === null ? (holder.teamIds ?? []).slice(0, 500) : [holder.teamId];
  if (named.length === 0) return null;
  const rows = await db.selectFrom('teams').select('team_id').where('team_id', 'in', named).execute();
  const found = named.find((teamId) => rows.some((row) => row.team_id === teamId)) ?? null;
  if (found === null && holder.teamId !== null) {
    throw refuseToken(`there is no team ${holder.teamId.slice(0, 200)}. Create it with /team/new`);
  }
  return found;
}

async function findOrganization(db: Kysely<Database>, { organizationId }: TokenHolder): Promise<string | null> {
  if (organizationId === null) return null;
  const row = await db
    .selectFrom('organizations')
    .select('organization_id')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  if (!row) throw refuseToken(`there is no organization ${organizationId.slice(0, 200)}`);
  return row.organization_id;
}
