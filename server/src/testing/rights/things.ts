import { hashSecret } from '../../management/keys/key-secret.ts';
import { hashOf, type World } from './build-world.ts';
import { idOf, names, type PersonName, people, roleIn, type TeamName } from './people.ts';
import type { ObjectKind, Thing } from './relations.ts';

/** Keys to aim at: everybody's own, those of mates and of strangers, of teams and of nobody. */
const keys: readonly (readonly [name: string, owner: PersonName | null, team: TeamName | null])[] = [
  ...(['max', 'lea', 'vic', 'val', 'uma', 'mia', 'sam', 'root', 'vera'] as const).map(
    (name) => [`${name}-key`, name, null] as const,
  ),
  ...(['max', 'lea', 'vic', 'mia'] as const).map((name) => [`${name}-red`, name, 'red'] as const),
  ['red-service', null, 'red'],
  ['sam-blue', 'sam', 'blue'],
  ['blue-service', null, 'blue'],
  ['ghost-key', null, null],
  ['nobodys-key', null, null],
];

const members: readonly [PersonName, TeamName][] = [
  ['max', 'red'],
  ['lea', 'red'],
  ['vic', 'red'],
  ['mia', 'red'],
  ['sue', 'blue'],
];

const requests: readonly [PersonName, TeamName | null][] = [
  ['max', null],
  ['max', 'red'],
  ['lea', 'red'],
  ['mia', null],
  ['mia', 'red'],
  ['sam', 'blue'],
];

/** Everything of a kind that calls are aimed at. */
export function thingsOf(world: World, kind: ObjectKind): readonly Thing[] {
  const thing = (name: string, id: string, owner: PersonName | null, team: TeamName | null): Thing => ({
    kind,
    name,
    id,
    owner,
    team,
  });
  const given = (name: string): string => {
    const id = world.ids.get(name);
    if (id === undefined) throw new Error(`The world holds no ${name}.`);
    return id;
  };
  switch (kind) {
    case 'key':
      return keys.map(([name, owner, team]) => thing(name, hashOf(world, name), owner, team));
    case 'user':
      return names.map((name) => thing(name, idOf(name), name, teamOf(name)));
    case 'team':
      return (['red', 'blue'] as const).map((team) => thing(team, idOf(team), null, team));
    case 'member':
      return members.map(([name, team]) => thing(`${name} in ${team}`, idOf(name), name, team));
    case 'session':
      return (['root', 'max', 'vic'] as const).map((name) =>
        thing(`session of ${name}`, hashSecret(world.sessions.get(name) ?? ''), name, null),
      );
    case 'request':
      return requests.map(([name, team]) => {
        const request = `request-of-${name}-${team ?? 'key'}`;
        return thing(request, given(request), name, team);
      });
    case 'audit entry':
      return (['max', 'mia', 'sam'] as const).map((name) => {
        const entry = `entry-of-${name}`;
        return thing(entry, given(entry), name, null);
      });
    case 'nothing':
      return [thing('nothing', '', null, null)];
  }
}

function teamOf(name: PersonName): TeamName | null {
  if (roleIn(name, 'red') !== null) return 'red';
  return people[name].role === 'internal_user' && roleIn(name, 'blue') !== null ? 'blue' : null;
}
