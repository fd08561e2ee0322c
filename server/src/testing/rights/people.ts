import type { Role } from '../../access/permissions.contract.ts';

/** A person of the world that the walks go through. */
export interface Person {
  readonly role: Role;
  /** What they are in the team red, or in the strangers' team blue. */
  readonly red?: 'admin' | 'user';
  readonly blue?: 'admin' | 'user';
}

/** Everybody. Red is the team of those who call; blue and its people are strangers to them. */
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
} as const satisfies Readonly<Record<string, Person>>;

/** The name of a person. */
export type PersonName = keyof typeof people;

/** The name of a team. */
export type TeamName = 'red' | 'blue';

/** Everybody's name. */
export const names = Object.keys(people) as PersonName[];

/** What a person is in a team; null: not a member. */
export function roleIn(person: PersonName, team: TeamName): 'admin' | 'user' | null {
  const roles: Person = people[person];
  return roles[team] ?? null;
}

/** The id of a person or a team, long enough to be looked for in a text. */
export function idOf(name: PersonName | TeamName | 'ghost'): string {
  return `id-of-${name}`;
}

/** A text that stands in every field of a thing in which a text can stand. */
export function privateText(thing: string): string {
  return `private-text-of-${thing}`;
}
