import { hashSecret } from '../../management/keys/key-secret.ts';
import { hashOf, type World } from './build-world.ts';
import {
  idOf,
  names,
  type OrganizationName,
  organizationNames,
  type PersonName,
  roleIn,
  roleInOrganization,
  type TeamName,
  teamNames,
  teams,
} from './people.ts';
import type { ObjectKind, Thing } from './relations.ts';

/** Keys to aim at: everybody's own, those of mates and of strangers, of teams and of nobody. */
const keys: readonly (readonly [name: string, owner: PersonName | null, team: TeamName | null])[] = [
  ...(['max', 'lea', 'vic', 'val', 'uma', 'mia', 'sam', 'root', 'vera', 'olga', 'otto', 'omar', 'ora'] as const).map(
    (name) => [`${name}-key`, name, null] as const,
  ),
  ...(['max', 'lea', 'vic', 'mia', 'olga'] as const).map((name) => [`${name}-red`, name, 'red'] as const),
  ['red-service', null, 'red'],
  ['sam-blue', 'sam', 'blue'],
  ['blue-service', null, 'blue'],
  ['omar-green', 'omar', 'green'],
  ['green-service', null, 'green'],
  ['gil-gold', 'gil', 'gold'],
  ['ghost-key', null, null],
  ['nobodys-key', null, null],
];

/** Keys that belong to an organization and to no team. */
const keysOfOrganizations: readonly (readonly [name: string, owner: PersonName, organization: OrganizationName])[] = [
  ['omar-acme', 'omar', 'acme'],
  ['gil-umbra', 'gil', 'umbra'],
];

const members: readonly [PersonName, TeamName][] = [
  ['max', 'red'],
  ['lea', 'red'],
  ['vic', 'red'],
  ['mia', 'red'],
  ['sue', 'blue'],
  ['omar', 'green'],
  ['gil', 'gold'],
];

const requests: readonly [PersonName, TeamName | null][] = [
  ['max', null],
  ['max', 'red'],
  ['lea', 'red'],
  ['mia', null],
  ['mia', 'red'],
  ['sam', 'blue'],
  ['omar', 'green'],
  ['gil', 'gold'],
];

/** Everything of a kind that calls are aimed at. */
export function thingsOf(world: World, kind: ObjectKind): readonly Thing[] {
  const thing = (
    name: string,
    id: string,
    owner: PersonName | null,
    team: TeamName | null,
    organization: OrganizationName | null = team === null ? null : teams[team],
  ): Thing => ({ kind, name, id, owner, team, organization });
  const given = (name: string): string => {
    const id = world.ids.get(name);
    if (id === undefined) throw new Error(`The world holds no ${name}.`);
    return id;
  };
  switch (kind) {
    case 'key':
      return [
        ...keys.map(([name, owner, team]) => thing(name, hashOf(world, name), owner, team)),
        ...keysOfOrganizations.map(([name, owner, organization]) =>
          thing(name, hashOf(world, name), owner, null, organization),
        ),
      ];
    case 'user':
      return names.map((name) => thing(name, idOf(name), name, teamOf(name), organizationOf(name)));
    case 'team':
      return teamNames.map((team) => thing(team, idOf(team), null, team));
    case 'organization':
      return organizationNames.map((organization) => thing(organization, idOf(organization), null, null, organization));
    case 'organization member':
      return (
        [
          ['omar', 'acme'],
          ['gil', 'umbra'],
        ] as const
      ).map(([name, organization]) => thing(`${name} in ${organization}`, idOf(name), name, null, organization));
    case 'invitation':
      // By an admin of the gateway for a stranger, by olga for ora, and by gil for a stranger of hers.
      return [
        thing('invitation of sam', given('invitation-of-sam'), null, null),
        thing('invitation of ora', given('invitation-of-ora'), 'olga', null),
        thing('invitation of gus', given('invitation-of-gus'), 'gil', null),
      ];
    case 'passkey':
      return (['root', 'max', 'vic', 'sam'] as const).map((name) =>
        thing(`passkey of ${name}`, `passkey-of-${name}`, name, null),
      );
    case 'member':
      return members.map(([name, team]) => thing(`${name} in ${team}`, idOf(name), name, team));
    case 'session':
      return (['root', 'max', 'vic', 'olga'] as const).map((name) =>
        thing(`session of ${name}`, hashSecret(world.sessions.get(name) ?? ''), name, null),
      );
    case 'request':
      return requests.map(([name, team]) => {
        const request = `request-of-${name}-${team ?? 'key'}`;
        return thing(request, given(request), name, team);
      });
    case 'audit entry':
      return (['max', 'mia', 'sam', 'olga'] as const).map((name) => {
        const entry = `entry-of-${name}`;
        return thing(entry, given(entry), name, null);
      });
    case 'nothing':
      return [thing('nothing', '', null, null)];
  }
}

function teamOf(name: PersonName): TeamName | null {
  return teamNames.find((team) => roleIn(name, team) !== null) ?? null;
}

/** That of a membership, or of a team. */
function organizationOf(name: PersonName): OrganizationName | null {
  const team = teamOf(name);
  return (
    organizationNames.find((organization) => roleInOrganization(name, organization) !== null) ??
    (team === null ? null : teams[team])
  );
}
