/**
 * Addresses of the console's pages, the same in answers of the API, in mails and in the console.
 * `baseUrl` is where the gateway is, root path included, without a trailing slash: `Call.baseUrl`, or `publicBaseUrl`.
 */

/** Where an invited person chooses a password. Opening it changes nothing. */
export function invitationLink(baseUrl: string, invitationId: string): string {
  return `${baseUrl}/ui/onboarding?id=${encodeURIComponent(invitationId)}`;
}

/**
 * Where somebody who forgot their password chooses a new one. Opening it changes nothing. The token stands behind the
 * `#`, so that no server, proxy or referrer ever sees it.
 */
export function passwordResetLink(baseUrl: string, token: string): string {
  return `${baseUrl}/ui/reset-password#t=${encodeURIComponent(token)}`;
}

/** A key's page. */
export function keyLink(baseUrl: string, keyHash: string): string {
  return `${baseUrl}/ui/keys/${encodeURIComponent(keyHash)}`;
}

/** What one has used. @param teamId narrows it to what a team has used. */
export function usageLink(baseUrl: string, teamId?: string): string {
  return `${baseUrl}/ui/usage${teamId === undefined ? '' : `?team_id=${encodeURIComponent(teamId)}`}`;
}

/** The first page of the console. */
export function consoleLink(baseUrl: string): string {
  return `${baseUrl}/ui/`;
}
