import type { Role } from '../../access/permissions.contract.ts';

/** A person of the world that the walks go through. */
export interface Person {
  readonly role: Role;
  /** What they are in the team red, or in the strangers' team blue; neither is of an organization. */
  readonly red?: 'admin' | 'user';
  readonly blue?: 'admin' | 'user';
  /** What they are in the team green, which is of the organization acme, or in gold, which is of umbra. */
  readonly green?: 'admin' | 'user';
  readonly gold?: 'admin' | 'user';
  /** What they are in the organization of org admins who call, or in the strangers' organization. */
  readonly acme?: 'org_admin' | 'internal_user';
  readonly umbra?: 'org_admin' | 'internal_user';
  /** The organization that their account was made in. */
  readonly home?: OrganizationName;
}

/**
 * Everybody. Red is the team of those who call; blue and its people are strangers to them. Olga and otto administer
 * acme and nothing else; umbra and its people are strangers to them.
 */
export const people = {
  root: { role: 'proxy_admin' },
  rita: { role: 'proxy_admin' },
  vera: { role: 'proxy_admin_viewer' },
  lea: { role: 'internal_user', red: 'admin' },
  max: { role: 'internal_user', red: 'user' },
  mia: { role: 'internal_user', red: 'user' },
  vic: { role: 'internal_user_viewer', red: 'user' },
  val: { role: 'internal_user_viewer', red: 'admin' },
  uma: { role: 'internal_user' },
  sam: { role: 'internal_user', blue: 'admin' },
  sue: { role: 'internal_user', blue: 'user' },
  olga: { role: 'internal_user', red: 'user', acme: 'org_admin' },
  otto: { role: 'internal_user_viewer', acme: 'org_admin' },
  omar: { role: 'internal_user', green: 'user', acme: 'internal_user' },
  greg: { role: 'internal_user', green: 'admin' },
  ora: { role: 'internal_user', acme: 'internal_user', home: 'acme' },
  gil: { role: 'internal_user', gold: 'admin', umbra: 'org_admin', home: 'umbra' },
} as const satisfies Readonly<Record<string, Person>>;

/** The name of a person. */
export type PersonName = keyof typeof people;

/** The name of a team. */
export type TeamName = 'red' | 'blue' | 'green' | 'gold';

/** The name of an organization. */
export type OrganizationName = 'acme' | 'umbra';

/** The organization of each team. */
export const teams = { red: null, blue: null, green: 'acme', gold: 'umbra' } as const satisfies Readonly<
  Record<TeamName, OrganizationName | null>
>;

/** Every team's name. */
export const teamNames = Object.keys(teams) as TeamName[];

/** Every organization's name. */
export const organizationNames = ['acme', 'umbra'] as const satisfies readonly OrganizationName[];

/** Everybody's name. */
export const names = Object.keys(people) as PersonName[];

/** What a person is in a team; null: not a member. */
export function roleIn(person: PersonName, team: TeamName): 'admin' | 'user' | null {
  const roles: Person = people[person];
  return roles[team] ?? null;
}

/** What a person is in an organization; null: not a member. */
export function roleInOrganization(
  person: PersonName,
  organization: OrganizationName,
): 'org_admin' | 'internal_user' | null {
  const roles: Person = people[person];
  return roles[organization] ?? null;
}

/** Whether a person administers an organization, or the organization of a team. */
export function administers(person: PersonName | null, organization: OrganizationName | null): boolean {
  return person !== null && organization !== null && roleInOrganization(person, organization) === 'org_admin';
}

/** The organization in which a person's account was made; null: none. */
export function homeOf(person: PersonName): OrganizationName | null {
  const { home }: Person = people[person];
  return home ?? null;
}

/** The id of a person, a team or an organization, long enough to be looked for in a text. */
export function idOf(name: PersonName | TeamName | OrganizationName | 'ghost'): string {
  return `id-of-${name}`;
}

/** A text that stands in every field of a thing in which a text can stand. */
export function privateText(thing: string): string {
  return `private-text-of-${thing}`;
}
