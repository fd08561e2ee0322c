import { type Caller, isOwn, type KeyState, masterUser, type TeamState, teamsOf, type UserState } from './model.ts';
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
  const near = model.keys.filter((key) => isOwn(model, caller, key) || teams.includes(key.team ?? ''));
  return pickNear(model.keys, near, choice);
}

/** A team; every other time one of the caller's, if they have any. */
export function teamOf(run: Run, caller: Caller, choice: number): TeamState | undefined {
  return pickNear([...run.model.teams.values()], teamsOf(run.model, caller), choice);
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
