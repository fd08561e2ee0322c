import { type Configuration, fetchProtectedResource } from 'openid-client';
import type { Claims } from './read-claim.ts';

/** Pages of a hundred groups and more that are read of one list. */
const mostPages = 20;

/**
 * What Microsoft Graph knows about the person who signs in: their fields and, where the ID token does not tell them,
 * the ids of their groups. With the application's service principal, also the groups that were assigned to the
 * application, as the claim `assigned_groups` (contract 6.4, step 7).
 * @param graphUrl without a trailing slash.
 * @throws an error when Graph does not answer: an account must not lose its teams because of that.
 */
export async function askMicrosoftGraph(
  configuration: Configuration,
  accessToken: string,
  options: {
    graphUrl: string;
    fields: readonly string[];
    wantsGroups: boolean;
    servicePrincipalId: string | null;
  },
): Promise<Claims> {
  const select = [...new Set(['id', 'userPrincipalName', 'mail', 'userType', ...options.fields])].join();
  const list = (path: string) => readAll(configuration, accessToken, options.graphUrl, path);
  const claims = { ...(await read(configuration, accessToken, new URL(`${options.graphUrl}/me?$select=${select}`))) };
  if (options.wantsGroups) claims['groups'] = (await list('/me/memberOf?$select=id')).map((group) => group['id']);
  if (options.servicePrincipalId !== null) {
    const assigned = await list(
      `/servicePrincipals/${encodeURIComponent(options.servicePrincipalId)}/appRoleAssignedTo`,
    );
    claims['assigned_groups'] = assigned
      .filter((assignment) => assignment['principalType'] === 'Group')
      .map((assignment) => ({ id: assignment['principalId'], name: assignment['principalDisplayName'] }));
  }
  return claims;
}

/** Every entry of a list that comes in pages. */
async function readAll(
  configuration: Configuration,
  accessToken: string,
  graphUrl: string,
  path: string,
): Promise<Record<string, unknown>[]> {
  const entries: Record<string, unknown>[] = [];
  let next: URL | null = new URL(graphUrl + path);
  for (let page = 0; next && page < mostPages; page += 1) {
    const { value, '@odata.nextLink': link } = await read(configuration, accessToken, next);
    if (Array.isArray(value)) entries.push(...(value as Record<string, unknown>[]));
    // The token goes to Graph only, whatever an answer says.
    next = typeof link === 'string' && new URL(link).origin === new URL(graphUrl).origin ? new URL(link) : null;
  }
  return entries;
}

async function read(configuration: Configuration, accessToken: string, url: URL): Promise<Record<string, unknown>> {
  const response = await fetchProtectedResource(configuration, accessToken, url, 'GET');
  if (!response.ok) throw new Error(`Microsoft Graph answered ${response.status} to ${url.pathname}.`);
  return (await response.json()) as Record<string, unknown>;
}
