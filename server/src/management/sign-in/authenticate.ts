import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { masterPrincipal } from '../../access/principal.ts';
import { ApiError, authError } from '../../http/api-error.ts';
import { findCredential, readCookie, sessionCookieName, sessionTokenPrefix } from '../../http/credential.ts';
import {
  blockedKey,
  blockedTeam,
  disabledUser,
  endedSession,
  expiredKey,
  noCredential,
  notAKey,
  unknownKey,
} from '../../http/credential-errors.ts';
import type { Authenticated } from '../../http/mount-routes.ts';
import { checkAllowedAddress, loadKeyRecord, type TokenAccess } from '../keys/index.ts';
import { listAdministered } from '../organizations/index.ts';
import type { Parts } from '../parts.ts';
import { csrfTokenOf, findSession, roleOf, touchSession } from '../sessions/index.ts';

/**
 * Finds out who sends a request to the control plane: the master key, a session as bearer or cookie, a token of an
 * identity provider, or a virtual key with the role of its owner. Roles, blocks and ends are read from the database for every request, so that a
 * change acts at once.
 * @returns a function that throws ApiError 401 without a valid credential, 403 for a session whose password must be
 * changed first, and 503 when it cannot find out: no failure in here lets anybody through.
 */
export function authenticate(
  parts: Parts,
  tokens: TokenAccess | null,
): (request: FastifyRequest) => Promise<Authenticated> {
  return async (request) => {
    try {
      const credential = findCredential(request.headers, parts.settings.keyHeaderName);
      if (credential !== null) return await byCredential(parts, tokens, request, credential);
      const cookie = readCookie(request.headers.cookie, sessionCookieName);
      if (cookie) return await bySession(parts, request, cookie, true);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      request.log.error({ err: error }, 'a caller could not be identified');
      throw new ApiError(
        503,
        'The gateway cannot reach its database, so it cannot check who is calling. Try again shortly.',
        {
          type: 'no_db_connection',
          param: 'None',
          alwaysErrorShape: true,
          headers: { 'retry-after': '5' },
        },
      );
    }
    throw noCredential();
  };
}

async function byCredential(
  parts: Parts,
  tokens: TokenAccess | null,
  request: FastifyRequest,
  credential: string,
): Promise<Authenticated> {
  if (isMasterKey(parts, credential)) return { principal: masterPrincipal, csrfToken: null, byCookie: false };
  if (credential.startsWith(sessionTokenPrefix)) return bySession(parts, request, credential, false);
  if (tokens?.accepts(credential)) return byToken(parts, tokens, credential);
  if (!credential.startsWith('sk-')) throw notAKey(credential);
  return byVirtualKey(parts, request, credential);
}

function isMasterKey({ settings }: Parts, credential: string): boolean {
  if (settings.masterKey === '') return false;
  return timingSafeEqual(sha256(credential), sha256(settings.masterKey));
}

async function byVirtualKey(parts: Parts, request: FastifyRequest, secret: string): Promise<Authenticated> {
  const keyHash = sha256(secret).toString('hex');
  const now = parts.now();
  const key = await loadKeyRecord(parts.storage.db, keyHash, now);
  if (!key) throw unknownKey(secret, keyHash);
  if (key.blockedAt !== null) throw blockedKey();
  if (key.expiresAt !== null && key.expiresAt <= now) throw expiredKey(key.keyName, key.expiresAt, now);
  if (key.user?.disabledAt != null) throw disabledUser(key.userId ?? '');
  if (key.team?.blockedAt != null) throw blockedTeam(key.teamId ?? '');
  checkAllowedAddress(key.allowedIps, request.ip);
  const role = key.user?.role ?? 'unknown';
  return {
    principal: {
      kind: 'virtual-key',
      role,
      userId: key.userId,
      keyHash: key.keyHash,
      keyTeamId: key.teamId,
      organizationIds: await listAdministered(parts.storage.db, role, key.userId),
      sessionHash: null,
      allowedRoutes: key.allowedRoutes,
    },
    csrfToken: null,
    byCookie: false,
  };
}

async function byToken(parts: Parts, tokens: TokenAccess, token: string): Promise<Authenticated> {
  const now = parts.now();
  const { record, role } = await tokens.load(token, now);
  const { userId, teamId, expiresAt, allowedRoutes } = record;
  if (expiresAt !== null && expiresAt <= now) throw expiredKey(record.keyName, expiresAt, now);
  if (record.user?.disabledAt != null) throw disabledUser(userId ?? '');
  if (record.team?.blockedAt != null) throw blockedTeam(teamId ?? '');
  return {
    principal: {
      kind: 'token',
      role,
      userId,
      keyHash: null,
      keyTeamId: teamId,
      organizationIds: await listAdministered(parts.storage.db, role, userId),
      sessionHash: null,
      allowedRoutes,
    },
    csrfToken: null,
    byCookie: false,
  };
}

async function bySession(
  parts: Parts,
  request: FastifyRequest,
  token: string,
  byCookie: boolean,
): Promise<Authenticated> {
  const { db } = parts.storage;
  const now = parts.now();
  const session = await findSession(db, token, now);
  if (!session) throw endedSession();
  if (session.isDisabled) throw disabledUser(session.userId);
  if (session.mustChangePassword && !isOpenBeforePasswordChange(parts, request)) throw passwordChangeNeeded();
  await touchSession(db, session, now);
  const role = roleOf(session.userRole);
  return {
    principal: {
      kind: 'session',
      role,
      userId: session.userId,
      keyHash: null,
      keyTeamId: null,
      organizationIds: await listAdministered(db, role, session.userId),
      sessionHash: session.sessionHash,
    },
    csrfToken: csrfTokenOf(parts, token),
    byCookie,
  };
}

/** What a person whose password must be changed may still do: change it, leave, and see who they are. */
const openBeforePasswordChange: ReadonlySet<string> = new Set([
  '/user/password/change',
  '/session/logout',
  '/ui/session',
]);

function isOpenBeforePasswordChange({ settings }: Parts, request: FastifyRequest): boolean {
  const route = request.routeOptions.url ?? '';
  return (
    route.startsWith(settings.serverRootPath) &&
    openBeforePasswordChange.has(route.slice(settings.serverRootPath.length))
  );
}

function passwordChangeNeeded(): ApiError {
  return authError(
    403,
    "This account's password must be changed before the session can be used. Change it via POST /user/password/change; the password in use was set by an admin.",
  );
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
