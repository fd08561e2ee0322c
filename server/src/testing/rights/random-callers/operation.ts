import {
  administeredBy,
  administersKey,
  type Caller,
  isOwn,
  type KeyState,
  masterUser,
  type OrganizationState,
  ownsTeam,
  personOf,
  type TeamState,
  teamsOf,
  type UserState,
} from './model.ts';
import type { Run } from './start-run.ts';

/** Numbers from which an operation chooses what it is about. */
export interface Choice {
  readonly by: number;
  readonly on: number;
  readonly to: number;
  readonly value: number;
}

/** An operation of a caller. Where there is nothing to do it to, it does nothing. */
export type Operation = (run: Run, caller: Caller, choice: Choice) => Promise<void>;

/** One of a list. */
export function pick<Item>(items: readonly Item[], choice: number): Item | undefined {
  return items[choice % items.length];
}

/** A key, deleted or not; every other time one of the caller's own or of their teams, if there are any. */
export function keyOf(run: Run, caller: Caller, choice: number): KeyState | undefined {
  const { model } = run;
  const teams = teamsOf(model, caller).map((team) => team.id);
  const near = model.keys.filter(
    (key) => isOwn(model, caller, key) || teams.includes(key.team ?? '') || administersKey(model, caller, key),
  );
  return pickNear(model.keys, near, choice);
}

/** A team; every other time one of the caller's, if they have any. */
export function teamOf(run: Run, caller: Caller, choice: number): TeamState | undefined {
  const { model } = run;
  const teams = [...model.teams.values()];
  const near = new Set([...teamsOf(model, caller), ...teams.filter((team) => ownsTeam(model, caller, team.id))]);
  return pickNear(teams, [...near], choice);
}

/** An organization; every other time one that the caller administers or belongs to, if there are any. */
export function organizationOf(run: Run, caller: Caller, choice: number): OrganizationState | undefined {
  const { model } = run;
  const organizations = [...model.organizations.values()];
  const person = personOf(model, caller);
  const joined = organizations.filter(({ members }) => person !== null && members.has(person));
  const administered = administeredBy(model, caller);
  return pickNear(organizations, administered.length > 0 ? administered : joined, choice);
}

function pickNear<Item>(all: readonly Item[], near: readonly Item[], choice: number): Item | undefined {
  return pick(choice % 2 === 0 && near.length > 0 ? near : all, Math.floor(choice / 2));
}

/** A user. */
export const userOf = (run: Run, choice: number): UserState | undefined => pick([...run.model.users.values()], choice);

/** A user whom admins may change: not the one that the master key stands for. */
export const changeableUserOf = (run: Run, choice: number): UserState | undefined =>
  pick(
    [...run.model.users.values()].filter((user) => user.id !== masterUser),
    choice,
  );
