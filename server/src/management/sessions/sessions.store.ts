import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { ChangeContext, ChangedObject } from '../../audit/change.ts';
import { sessionTokenPrefix } from '../../http/credential.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import '../users/users.table.ts';
import { deriveKey } from './derive-key.ts';
import './sessions.table.ts';

/** How a person proved who they are. */
export type LoginMethod = 'username_password' | 'invitation' | 'passkey' | 'sso';

/** A session that was just started. The token is not stored and cannot be read again. */
export interface NewSession {
  readonly token: string;
  readonly sessionHash: string;
  readonly expiresAt: number;
}

/** A running session with what decides about its calls; the person's part is read live, so changes act at once. */
export interface FoundSession {
  readonly sessionHash: string;
  readonly userId: string;
  readonly userRole: string;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly isDisabled: boolean;
  readonly mustChangePassword: boolean;
}

/** The hex SHA-256 under which a session is stored: the token has 256 random bits, so nothing slower is needed. */
export function hashSessionToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The value that must come back as `x-csrf-token` with everything that a cookie session changes. */
export function csrfTokenOf(parts: Parts, sessionToken: string): string {
  return createHmac('sha256', deriveKey(parts.settings.masterKey, 'csrf')).update(sessionToken).digest('base64url');
}

/** Starts a session for a user and removes the user's sessions that are long over. */
export async function createSession(
  tx: Transaction<Database>,
  parts: Parts,
  session: { userId: string; loginMethod: LoginMethod; context: ChangeContext },
): Promise<NewSession> {
  const now = parts.now();
  const token = `${sessionTokenPrefix}${randomBytes(32).toString('base64url')}`;
  const sessionHash = hashSessionToken(token);
  const expiresAt = now + parts.settings.sessionLifetimeMs;
  await tx.deleteFrom('sessions').where('user_id', '=', session.userId).where('expires_at', '<=', now).execute();
  await tx
    .insertInto('sessions')
    .values({
      session_hash: sessionHash,
      user_id: session.userId,
      login_method: session.loginMethod,
      created_at: now,
      last_seen_at: now,
      expires_at: expiresAt,
      revoked_at: null,
      ip: session.context.ip,
      user_agent: session.context.userAgent.slice(0, 400),
    })
    .execute();
  return { token, sessionHash, expiresAt };
}

/** Finds a running session by its token; null for one that is unknown, revoked or over. */
export async function findSession(db: Kysely<Database>, token: string, nowMs: number): Promise<FoundSession | null> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.user_id', 'sessions.user_id')
    .select([
      'sessions.session_hash',
      'sessions.user_id',
      'sessions.login_method',
      'sessions.last_seen_at',
      'sessions.expires_at',
      'users.user_role',
      'users.disabled_at',
      'users.password_reset_required_at',
    ])
    .where('sessions.session_hash', '=', hashSessionToken(token))
    .where('sessions.revoked_at', 'is', null)
    .where('sessions.expires_at', '>', nowMs)
    .executeTakeFirst();
  if (!row) return null;
  return {
    sessionHash: row.session_hash,
    userId: row.user_id,
    userRole: row.user_role,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    isDisabled: row.disabled_at !== null,
    mustChangePassword: mustChangePassword(row),
  };
}

/** Whether a password that an admin has set must be changed first. Who came by a provider has used none. */
export function mustChangePassword(session: {
  readonly login_method: string;
  readonly password_reset_required_at: number | null;
}): boolean {
  return session.password_reset_required_at !== null && session.login_method !== 'sso';
}

const seenEveryMs = 60_000;

/**
 * Notes that a session and its person are active, at most once a minute. No audit entry: nobody changes
 * anything, and an entry a minute for every open console would bury the changes.
 */
export async function touchSession(db: Kysely<Database>, session: FoundSession, nowMs: number): Promise<void> {
  if (nowMs - session.lastSeenAt < seenEveryMs) return;
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({ last_seen_at: nowMs })
    .where('session_hash', '=', session.sessionHash)
    .where('last_seen_at', '<=', nowMs - seenEveryMs)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return;
  await db.updateTable('users').set({ last_active_at: nowMs }).where('user_id', '=', session.userId).execute();
}

/** Ends one session. @returns false when it had ended before. */
export async function revokeSession(tx: Transaction<Database>, sessionHash: string, nowMs: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('sessions')
    .set({ revoked_at: nowMs })
    .where('session_hash', '=', sessionHash)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Ends the sessions of a user.
 * @param exceptHash a session that goes on, or null.
 * @returns the sessions that ended, for the audit entries.
 */
export async function revokeSessionsOfUser(
  tx: Transaction<Database>,
  userId: string,
  nowMs: number,
  exceptHash: string | null = null,
): Promise<ChangedObject[]> {
  let update = tx
    .updateTable('sessions')
    .set({ revoked_at: nowMs })
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', nowMs)
    .returning('session_hash');
  if (exceptHash !== null) update = update.where('session_hash', '!=', exceptHash);
  return (await update.execute()).map((row) => ({ type: 'session', id: row.session_hash }));
}
