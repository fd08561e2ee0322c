import { type Role, roles } from '../../access/permissions.contract.ts';
import type { SingleSignOnSettings, SingleSignOnValues } from '../../config/single-sign-on-settings.ts';
import { ApiError } from '../../http/api-error.ts';
import { parseEmail } from '../../http/parse-email.ts';
import type { ProviderAnswer } from './ask-provider.ts';
import type { Provider } from './providers.ts';
import { type Claims, readClaim, readText, readTexts } from './read-claim.ts';
import { SignOnRefusal } from './sign-on-refusal.ts';

/** Somebody whom a provider has confirmed. */
export interface ConfirmedPerson {
  /** `jwt`: by a token that they call the API with. */
  readonly provider: Provider['name'] | 'jwt';
  readonly issuer: string;
  readonly subject: string;
  /** The id that the provider's claims suggest for a new user; null: any. */
  readonly suggestedUserId: string | null;
  readonly email: string | null;
  /** Whether the provider has verified that the address is the person's. */
  readonly emailVerified: boolean;
  readonly displayName: string | null;
  /** The role that the claims give; null: they say nothing. */
  readonly role: Role | null;
  /** Ids of the teams that the claims name; null: they say nothing. */
  readonly teamIds: readonly string[] | null;
  /** Groups that become teams unless they are; without anything else to say about who is in them. */
  readonly teamsToMake: readonly { readonly id: string; readonly name: string | null }[];
  readonly claims: Claims;
}

/** Somebody who is in front of a browser. */
export interface SignedOnPerson extends ConfirmedPerson {
  readonly provider: Provider['name'];
}

/**
 * Reads a person from the claims about them.
 * @throws SignOnRefusal `answer_invalid` when nothing in the claims tells people apart.
 */
export function readPerson(
  provider: Provider,
  { issuer, claims }: ProviderAnswer,
  values: SingleSignOnValues,
  settings: SingleSignOnSettings,
): SignedOnPerson {
  const names = namesOf(provider, settings);
  const subject = readText(claims, 'sub') ?? readText(claims, names.userId);
  if (subject === null) {
    throw new SignOnRefusal('answer_invalid', new Error(`The claims hold neither sub nor ${names.userId}.`));
  }
  const { email, emailVerified } = readEmail(provider, claims, names.email, values);
  return {
    provider: provider.name,
    issuer,
    subject,
    suggestedUserId: readText(claims, names.userId),
    email,
    emailVerified,
    displayName: displayNameOf(claims, names),
    role: roleFromClaims(provider, claims, names.role) ?? roleFromGroups(provider, claims, values),
    teamIds: values.team_mappings?.team_ids_jwt_field
      ? readTexts(claims, values.team_mappings.team_ids_jwt_field)
      : provider.name === 'microsoft'
        ? readTexts(claims, 'groups')
        : null,
    teamsToMake: provider.name === 'microsoft' ? readAssignedGroups(claims) : [],
    claims,
  };
}

/** The groups that Microsoft's administrators have assigned to this application. */
function readAssignedGroups(claims: Claims): ConfirmedPerson['teamsToMake'] {
  const groups: unknown = claims['assigned_groups'];
  if (!Array.isArray(groups)) return [];
  return groups.flatMap((group: Claims) => {
    const id = readText(group, 'id');
    return id === null ? [] : [{ id, name: readText(group, 'name') }];
  });
}

interface Names {
  readonly userId: string;
  readonly email: string;
  readonly displayName: readonly string[];
  readonly firstName: string;
  readonly lastName: string;
  readonly role: string;
}

function namesOf(provider: Provider, { genericClaims, microsoftClaims }: SingleSignOnSettings): Names {
  switch (provider.name) {
    case 'google':
      return {
        ...{ userId: 'sub', email: 'email', displayName: ['name'], role: '' },
        ...{ firstName: 'given_name', lastName: 'family_name' },
      };
    case 'microsoft':
      return {
        ...{ userId: microsoftClaims.userId, email: microsoftClaims.email, role: 'roles' },
        ...{ displayName: [microsoftClaims.displayName, 'name'], firstName: 'givenName', lastName: 'surname' },
      };
    case 'generic':
      return {
        ...genericClaims,
        displayName: genericClaims.displayName === null ? ['name'] : [genericClaims.displayName],
      };
  }
}

function displayNameOf(claims: Claims, names: Names): string | null {
  for (const name of names.displayName) {
    const value = readText(claims, name);
    if (value !== null) return value.slice(0, 200);
  }
  const parts = [readText(claims, names.firstName), readText(claims, names.lastName)].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' ').slice(0, 200);
}

function readEmail(
  provider: Provider,
  claims: Claims,
  name: string,
  values: SingleSignOnValues,
): { email: string | null; emailVerified: boolean } {
  const email = storableEmail(readText(claims, name));
  if (email === null) return { email, emailVerified: false };
  if (provider.name === 'microsoft') return readMicrosoftEmail(email, claims, values.microsoft_tenant ?? '');
  const verified = claims['email_verified'];
  if (verified === undefined)
    return { email, emailVerified: provider.name === 'generic' && values.generic_trust_email };
  // The claim is about `email`; another claim that was chosen as the address is vouched for by whoever chose it.
  const isVerified = verified === true || verified === 'true';
  return { email, emailVerified: isVerified && (name === 'email' || values.generic_trust_email) };
}

/** Tenants that anybody in the world can belong to. */
const sharedTenants = new Set(['common', 'organizations', 'consumers']);

/**
 * Microsoft does not say "verified". In a tenant of one's own, the names of its members are given by its admins,
 * under domains that Microsoft has verified. What a foreign tenant or a guest says counts only with `xms_edov`, the
 * claim that the address's domain is verified.
 */
function readMicrosoftEmail(
  email: string,
  claims: Claims,
  tenant: string,
): { email: string | null; emailVerified: boolean } {
  const isGuest =
    readText(claims, 'userType') === 'Guest' || /#EXT#/i.test(readText(claims, 'userPrincipalName') ?? '');
  const isOwnMember = !sharedTenants.has(tenant.toLowerCase()) && !isGuest;
  if (isOwnMember) return { email, emailVerified: true };
  const edov = claims['xms_edov'];
  const ownerVerified = edov === true || edov === 1 || edov === '1' || edov === 'true';
  const stated = storableEmail(readText(claims, 'email'));
  return ownerVerified && stated !== null
    ? { email: stated, emailVerified: true }
    : { email: /#EXT#/i.test(email) ? stated : email, emailVerified: false };
}

/** An address as it is stored; what cannot be one is none. */
function storableEmail(text: string | null): string | null {
  try {
    return parseEmail(text);
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

/** A claim that names one of our roles; of several the widest. */
function roleFromClaims(provider: Provider, claims: Claims, name: string): Role | null {
  if (name === '' || provider.name === 'google') return null;
  const named = readTexts(claims, name) ?? [];
  return roles.find((role) => named.includes(role)) ?? null;
}

/** The widest role that one of the person's groups gives; else the default role of the mapping. */
function roleFromGroups(
  provider: Provider,
  claims: Claims,
  { role_mappings: mappings }: SingleSignOnValues,
): Role | null {
  if (mappings === null || providerOf(mappings.provider) !== provider.name) return null;
  const groups = new Set(readTexts(claims, mappings.group_claim) ?? []);
  const matching = roles.find((role) => mappings.roles[role]?.some((group) => groups.has(group)));
  return matching ?? mappings.default_role ?? null;
}

/** LiteLLM's settings call everything generic by many names. */
function providerOf(name: string): Provider['name'] {
  const known = name.toLowerCase();
  return known === 'google' || known === 'microsoft' ? known : 'generic';
}

/** Whether a claim with groups names this one. */
export function isInGroup(person: ConfirmedPerson, claim: string, group: string): boolean {
  const value = readClaim(person.claims, claim);
  return value === group || (Array.isArray(value) && value.includes(group));
}
