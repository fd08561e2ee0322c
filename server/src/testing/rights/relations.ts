import { type Caller, callersRoleIn } from './callers.ts';
import {
  administers,
  homeOf,
  type OrganizationName,
  type PersonName,
  roleInOrganization,
  type TeamName,
} from './people.ts';

/** What somebody can aim a call at. */
export type ObjectKind =
  | 'key'
  | 'user'
  | 'team'
  | 'member'
  | 'organization'
  | 'organization member'
  | 'invitation'
  | 'passkey'
  | 'session'
  | 'request'
  | 'audit entry'
  | 'nothing';

/** One thing of the world. */
export interface Thing {
  readonly kind: ObjectKind;
  /** What the tests call it: a key's, a person's, a team's name. */
  readonly name: string;
  /** How the API names it. */
  readonly id: string;
  readonly owner: PersonName | null;
  readonly team: TeamName | null;
  /** The organization that it belongs to, or is: that of a thing of a team is the team's. */
  readonly organization: OrganizationName | null;
}

/**
 * What a thing is to a caller. `own`: theirs alone. `own in team`: theirs, in a team of which they are a plain
 * member. `own led`: theirs, in a team that they administer. `led`: somebody else's in such a team, or the team.
 * `shared`: somebody else's in a team of theirs, or the team. `itself`: the very key that calls, or the team of it,
 * where the key stands for no person. Of an organization: `administered`, or something in it without a team; `joined`,
 * if they are a plain member. Of a person: `administered`, who is a member of an organization that they administer;
 * `made here`, whose account was made in it. Who administers an organization administers each of its teams.
 */
export type Relation =
  | 'own'
  | 'own in team'
  | 'own led'
  | 'led'
  | 'shared'
  | 'itself'
  | 'administered'
  | 'made here'
  | 'joined'
  | 'stranger';

/** Everything in the teams that somebody administers. */
export const led: readonly Relation[] = ['own led', 'led'];

/** Everything in the organizations that somebody administers: what is of their teams, and what has no team. */
export const administered: readonly Relation[] = ['own led', 'led', 'administered'];

/** Everything that is one's own, in a team or not. */
export const own: readonly Relation[] = ['own', 'own in team', 'own led'];

/** Tells what a thing is to a caller. */
export function relationOf(caller: Caller, thing: Thing): Relation {
  if (caller.person === null) return standsForItself(caller, thing) ? 'itself' : 'stranger';
  if (thing.kind === 'user') return relationToPerson(caller, caller.person, thing);
  if (thing.team === null) {
    if (administers(caller.person, thing.organization)) return 'administered';
    if (thing.owner === caller.person) return 'own';
    const isJoined = thing.organization !== null && roleInOrganization(caller.person, thing.organization) !== null;
    return thing.kind === 'organization' && isJoined ? 'joined' : 'stranger';
  }
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

function relationToPerson(caller: Caller, person: PersonName, thing: Thing): Relation {
  if (thing.owner === person) return 'own';
  if (thing.owner !== null && administers(person, homeOf(thing.owner))) return 'made here';
  if (administers(person, thing.organization)) return 'administered';
  if (thing.team === null) return 'stranger';
  const role = callersRoleIn(caller, thing.team);
  return role === null ? 'stranger' : role === 'admin' ? 'led' : 'shared';
}
