import { type Role, roles } from '../../access/permissions.contract.ts';
import type { TokenAccessSettings } from '../../config/token-access-settings.ts';
import { ApiError } from '../../http/api-error.ts';
import { parseEmail } from '../../http/parse-email.ts';
import { type Claims, readText, readTexts } from '../single-sign-on/index.ts';
import { refuseHolder, refuseToken } from './token-refusals.ts';

/** Whom a token stands for. */
export interface TokenHolder {
  readonly issuer: string;
  readonly subject: string;
  readonly isAdmin: boolean;
  /** Null: the token stands for a team, and for nobody. */
  readonly userId: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly displayName: string | null;
  /** The role that the issuer's roles mean here; null: none. */
  readonly role: Role | null;
  /** The one team that the token is for; null: it names none so. */
  readonly teamId: string | null;
  /** Teams that the holder is in; null: the token says nothing. */
  readonly teamIds: readonly string[] | null;
  readonly organizationId: string | null;
  readonly endUserId: string | null;
  readonly claims: Claims;
}

/**
 * Reads whom a verified token stands for.
 * @throws ApiError 401 or 403 for a token without the scope, of another client, without a name, or of somebody who
 * may not come in.
 */
export function readToken(claims: Claims, settings: TokenAccessSettings): TokenHolder {
  const scopes = scopesOf(claims);
  if (settings.requiredScope !== null && !scopes.includes(settings.requiredScope)) {
    throw refuseHolder(`it lacks the scope ${settings.requiredScope}`);
  }
  const client = readText(claims, 'azp') ?? readText(claims, 'client_id') ?? readText(claims, 'cid');
  if (settings.allowedClients !== null && (client === null || !settings.allowedClients.includes(client))) {
    throw refuseHolder('the client that asked for it may not call this gateway');
  }
  const userId = readText(claims, settings.userIdClaim);
  const subject = readText(claims, 'sub') ?? userId;
  if (subject === null) throw refuseToken('it names nobody: it has no sub');
  const isAdmin = scopes.includes(settings.adminScope);
  const named = settings.userRolesClaim === null ? [] : (readTexts(claims, settings.userRolesClaim) ?? []);
  const mapped = settings.roleMappings.filter((mapping) => named.includes(mapping.role));
  const role = roles.find((known) => mapped.some((mapping) => mapping.internalRole === known)) ?? null;
  const isTeam = role === null && mapped.length > 0;
  if (!isAdmin && settings.enforcesRoles && mapped.length === 0)
    throw refuseHolder('none of its roles means anything here');
  if (!isAdmin && !isTeam) checkRoles(named, settings);
  const email = settings.userEmailClaim === null ? null : emailOf(claims, settings.userEmailClaim);
  if (!isAdmin && !isTeam) checkDomain(email, settings);
  const optional = (name: string | null) => (name === null ? null : readText(claims, name));
  return {
    issuer: settings.issuer,
    subject,
    isAdmin,
    userId: isTeam ? null : userId,
    email,
    emailVerified: email !== null && claims['email_verified'] === true,
    displayName: readText(claims, 'name')?.slice(0, 200) ?? null,
    role,
    teamId: optional(settings.teamIdClaim),
    teamIds: settings.teamIdsClaim === null ? null : readTexts(claims, settings.teamIdsClaim),
    organizationId: optional(settings.organizationIdClaim),
    endUserId: optional(settings.endUserIdClaim),
    claims,
  };
}

/** `scope` is a text with blanks between the scopes; Microsoft's `scp` too, others make lists of them. */
function scopesOf(claims: Claims): readonly string[] {
  return ['scope', 'scp'].flatMap((name) => (readTexts(claims, name) ?? []).flatMap((text) => text.split(' ')));
}

function checkRoles(named: readonly string[], { userAllowedRoles }: TokenAccessSettings): void {
  if (userAllowedRoles === null || named.some((role) => userAllowedRoles.includes(role))) return;
  throw refuseHolder('none of its roles may call this gateway');
}

function checkDomain(email: string | null, { userAllowedEmailDomain }: TokenAccessSettings): void {
  if (userAllowedEmailDomain === null) return;
  const domain = email?.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (domain !== userAllowedEmailDomain) {
    throw refuseHolder(`people with addresses of ${userAllowedEmailDomain} may call this gateway`);
  }
}

function emailOf(claims: Claims, name: string): string | null {
  try {
    return parseEmail(readText(claims, name));
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}
