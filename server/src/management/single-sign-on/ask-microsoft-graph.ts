import { type Configuration, fetchProtectedResource } from 'openid-client';
import type { Claims } from './read-claim.ts';

/** Pages of a hundred groups and more that are read of one person. */
const mostPages = 20;

/**
 * What Microsoft Graph knows about the person who signs in: their fields and, where the ID token does not tell them,
 * the ids of their groups.
 * @param graphUrl without a trailing slash.
 * @throws an error when Graph does not answer: an account must not lose its teams because of that.
 */
export async function askMicrosoftGraph(
  configuration: Configuration,
  accessToken: string,
  options: { graphUrl: string; fields: readonly string[]; wantsGroups: boolean },
): Promise<Claims> {
  const select = [...new Set(['id', 'userPrincipalName', 'mail', 'userType', ...options.fields])].join();
  const person = await read(configuration, accessToken, new URL(`${options.graphUrl}/me?$select=${select}`));
  if (!options.wantsGroups) return person;
  const groups: unknown[] = [];
  let next: URL | null = new URL(`${options.graphUrl}/me/memberOf?$select=id`);
  for (let page = 0; next && page < mostPages; page += 1) {
    const { value, '@odata.nextLink': link } = await read(configuration, accessToken, next);
    if (Array.isArray(value)) groups.push(...value.map((group: { id?: unknown }) => group.id));
    // The token goes to Graph only, whatever an answer says.
    next = typeof link === 'string' && new URL(link).origin === new URL(options.graphUrl).origin ? new URL(link) : null;
  }
  return { ...person, groups };
}

async function read(configuration: Configuration, accessToken: string, url: URL): Promise<Record<string, unknown>> {
  const response = await fetchProtectedResource(configuration, accessToken, url, 'GET');
  if (!response.ok) throw new Error(`Microsoft Graph answered ${response.status} to ${url.pathname}.`);
  return (await response.json()) as Record<string, unknown>;
}
