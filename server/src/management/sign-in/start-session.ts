import type { Transaction } from 'kysely';
import { masterUserId } from '../../access/principal.ts';
import type { AuditEntry } from '../../audit/change.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import {
  createSession,
  type LoginMethod,
  mustChangePassword,
  type NewSession,
  rememberBrowser,
  roleOf,
} from '../sessions/index.ts';
import type { UserTable } from '../users/users.table.ts';
import { createConsoleToken } from './console-token.ts';

/** A write by the person who signs in: until now the call was nobody's. */
export function contextOf(call: Call, user: Pick<UserTable, 'user_id' | 'user_role'>): Call['context'] {
  const principal = { ...call.principal, kind: 'session' as const, role: roleOf(user.user_role), userId: user.user_id };
  return { ...call.context, principal };
}

/** Starts a session inside a write and notes that the person was here. */
export async function startSession(
  tx: Transaction<Database>,
  parts: Parts,
  call: Call,
  user: UserTable,
  loginMethod: LoginMethod,
): Promise<{ session: NewSession; audit: AuditEntry }> {
  const session = await createSession(tx, parts, { userId: user.user_id, loginMethod, context: call.context });
  await tx.updateTable('users').set({ last_active_at: parts.now() }).where('user_id', '=', user.user_id).execute();
  return {
    session,
    audit: {
      action: 'signed-in',
      object: { type: 'session', id: session.sessionHash },
      after: { user_id: user.user_id, login_method: loginMethod },
    },
  };
}

/**
 * Hands a started session to the caller: as a cookie for the console, and as the JWT that LiteLLM's clients expect. The
 * browser is known from now on.
 * Call it after the write is committed.
 */
export async function handOverSession(
  parts: Parts,
  call: Call,
  user: UserTable,
  loginMethod: LoginMethod,
  session: NewSession,
): Promise<string> {
  call.setSessionCookie(session.token, Math.floor(parts.settings.sessionLifetimeMs / 1_000));
  const account = user.user_id === masterUserId ? parts.settings.uiUsername : user.user_email;
  if (account !== null) rememberBrowser(parts, call, account);
  return createConsoleToken(parts, {
    userId: user.user_id,
    userEmail: user.user_email,
    userRole: user.user_role,
    // LiteLLM knows two methods: single sign-on, and everything else.
    loginMethod: loginMethod === 'sso' ? 'sso' : 'username_password',
    mustChangePassword: mustChangePassword({ ...user, login_method: loginMethod }),
    key: session.token,
  });
}
