import type * as z from 'zod/mini';
import packageJson from '../../../package.json' with { type: 'json' };
import { capabilitiesOf, type Role, roles } from '../../access/permissions.contract.ts';
import { masterUserId } from '../../access/principal.ts';
import type { Call } from '../../http/call.ts';
import { endedSession, sessionNeeded } from '../../http/credential-errors.ts';
import type { Parts } from '../parts.ts';
import { presentPasswordPolicy } from '../passwords/index.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import type { getSession as endpoint } from './sessions.contract.ts';
import { mustChangePassword } from './sessions.store.ts';
import './sessions.table.ts';

/**
 * Tells the console who signed in, what they may do, and how the gateway is set up.
 * @throws ApiError 403 for a caller that sent a key in place of a session, 401 when the session has just ended.
 */
export async function getSession(parts: Parts, call: Call): Promise<z.infer<(typeof endpoint)['result']>> {
  const { principal, csrfToken } = call;
  if (principal.sessionHash === null || csrfToken === null) throw sessionNeeded('/ui/session');
  const row = await parts.storage.db
    .selectFrom('sessions')
    .innerJoin('users', 'users.user_id', 'sessions.user_id')
    .select(['users.user_id', 'users.user_email', 'users.user_alias', 'users.user_role'])
    .select(['users.password_reset_required_at', 'sessions.expires_at', 'sessions.login_method'])
    .where('sessions.session_hash', '=', principal.sessionHash)
    .executeTakeFirst();
  if (!row) throw endedSession();
  const teams = await parts.storage.db
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
    .select(['teams.team_id', 'teams.team_alias', 'team_members.role'])
    .where('team_members.user_id', '=', row.user_id)
    .orderBy('teams.team_alias')
    .orderBy('teams.team_id')
    .execute();
  const role = roleOf(row.user_role);
  const { settings } = parts;
  return {
    user: { user_id: row.user_id, user_email: row.user_email, user_alias: row.user_alias },
    role,
    capabilities: capabilitiesOf({ role, organizationIds: principal.organizationIds }),
    teams: teams.map((team) => ({
      team_id: team.team_id,
      team_alias: team.team_alias,
      role: team.role === 'admin' ? 'admin' : 'user',
    })),
    is_master: row.user_id === masterUserId,
    password_reset_required: mustChangePassword(row),
    base_url: `${call.baseUrl}/v1`,
    csrf_token: csrfToken,
    session_expires_at: new Date(row.expires_at).toISOString(),
    version: packageJson.version,
    demo_mode: settings.demoMode,
    cache_enabled: settings.cache.enabled,
    password_policy: presentPasswordPolicy(settings.passwordPolicy),
  };
}

/** The role of a stored user; a role that is not one of the four is the least of them. */
export function roleOf(storedRole: string): Role {
  return roles.find((role) => role === storedRole) ?? 'internal_user_viewer';
}
