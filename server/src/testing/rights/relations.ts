import { type Caller, callersRoleIn } from './callers.ts';
import type { PersonName, TeamName } from './people.ts';

/** What somebody can aim a call at. */
export type ObjectKind = 'key' | 'user' | 'team' | 'member' | 'session' | 'request' | 'audit entry' | 'nothing';

/** One thing of the world. */
export interface Thing {
  readonly kind: ObjectKind;
  /** What the tests call it: a key's, a person's, a team's name. */
  readonly name: string;
  /** How the API names it. */
  readonly id: string;
  readonly owner: PersonName | null;
  readonly team: TeamName | null;
}

/**
 * What a thing is to a caller. `own`: theirs alone. `own in team`: theirs, in a team of which they are a plain
 * member. `own led`: theirs, in a team that they administer. `led`: somebody else's in such a team, or the team.
 * `shared`: somebody else's in a team of theirs, or the team. `itself`: the very key that calls, or the team of it,
 * where the key stands for no person.
 */
export type Relation = 'own' | 'own in team' | 'own led' | 'led' | 'shared' | 'itself' | 'stranger';

/** Everything in the teams that somebody administers. */
export const led: readonly Relation[] = ['own led', 'led'];

/** Everything that is one's own, in a team or not. */
export const own: readonly Relation[] = ['own', 'own in team', 'own led'];

/** Tells what a thing is to a caller. */
export function relationOf(caller: Caller, thing: Thing): Relation {
  if (caller.person === null) return standsForItself(caller, thing) ? 'itself' : 'stranger';
  if (thing.kind === 'user') return relationToPerson(caller, thing);
  if (thing.team === null) return thing.owner === caller.person ? 'own' : 'stranger';
  const role = callersRoleIn(caller, thing.team);
  const isOwn = thing.owner === caller.person;
  if (role === null) return 'stranger';
  if (role === 'admin') return isOwn ? 'own led' : 'led';
  return isOwn ? 'own in team' : 'shared';
}

function standsForItself(caller: Caller, thing: Thing): boolean {
  return (
    (thing.kind === 'key' && thing.name === caller.key) || (thing.kind === 'team' && thing.team === caller.keyTeam)
  );
}

function relationToPerson(caller: Caller, thing: Thing): Relation {
  if (thing.owner === caller.person) return 'own';
  if (thing.team === null) return 'stranger';
  const role = callersRoleIn(caller, thing.team);
  return role === null ? 'stranger' : role === 'admin' ? 'led' : 'shared';
}
