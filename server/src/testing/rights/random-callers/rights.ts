import {
  type Caller,
  isAdmin,
  isGranted,
  isOwn,
  type KeyState,
  leads,
  livingKeys,
  type Model,
  memberRoleOf,
  personOf,
  roleOf,
  seesEverything,
  type TeamState,
  teamsOf,
} from './model.ts';

/** Whether the caller may see one key. */
export function maySeeKey(model: Model, caller: Caller, key: KeyState): boolean {
  if (seesEverything(model, caller)) return true;
  return key === caller || isOwn(model, caller, key) || isGranted(model, caller, key.team, '/key/info');
}

/** The keys that a list shows: one's own; with those of teams, what its admins and its grants let see, and its own. */
export function listedKeys(model: Model, caller: Caller, withTeams: boolean): KeyState[] {
  if (seesEverything(model, caller)) return livingKeys(model);
  const isUser = roleOf(model, caller) === 'internal_user';
  return livingKeys(model).filter((key) => {
    if (isOwn(model, caller, key)) return true;
    if (!withTeams || !isUser || memberRoleOf(model, caller, key.team) === null) return false;
    return key.owner === null || isGranted(model, caller, key.team, '/key/list');
  });
}

/** The keys that a look at a team shows. */
export function keysShownWith(model: Model, caller: Caller, team: TeamState): KeyState[] {
  const role = memberRoleOf(model, caller, team.id);
  const seesAll =
    seesEverything(model, caller) || role === 'admin' || (role !== null && team.grants.includes('/key/list'));
  return livingKeys(model).filter(
    (key) => key.team === team.id && (seesAll || key === caller || isOwn(model, caller, key)),
  );
}

/** Whether the caller may look at a team. */
export function maySeeTeam(model: Model, caller: Caller, team: TeamState): boolean {
  if (seesEverything(model, caller) || memberRoleOf(model, caller, team.id) !== null) return true;
  return caller !== 'master' && caller.team === team.id;
}

/** Whether the caller may make a key for this owner in this team (null: of no team). */
export function mayCreateKey(model: Model, caller: Caller, owner: string | null, team: string | null): boolean {
  if (isAdmin(model, caller)) return true;
  if (roleOf(model, caller) !== 'internal_user' || (owner !== null && owner !== personOf(model, caller))) return false;
  return team === null || isGranted(model, caller, team, '/key/generate');
}

/** Whether the caller may make a key that belongs to a team itself. */
export function mayCreateServiceKey(model: Model, caller: Caller, team: string): boolean {
  if (!model.teams.has(team)) return false;
  if (isAdmin(model, caller)) return true;
  return roleOf(model, caller) === 'internal_user' && isGranted(model, caller, team, '/key/service-account/generate');
}

/** Whether the caller may change what is not money of a key. */
export function mayUpdateKey(model: Model, caller: Caller, key: KeyState): boolean {
  if (key.isDeleted) return false;
  if (isAdmin(model, caller)) return true;
  if (roleOf(model, caller) !== 'internal_user') return false;
  return key.team === null ? isOwn(model, caller, key) : isGranted(model, caller, key.team, '/key/update');
}

/** Whether the caller may set a key's rate: who owns a key that somebody else made does not widen it. */
export function mayLimitKey(model: Model, caller: Caller, key: KeyState, rpmLimit: number | null): boolean {
  if (!mayUpdateKey(model, caller, key)) return false;
  const isWider = key.rpmLimit !== null && (rpmLimit === null || rpmLimit > key.rpmLimit);
  return isAdmin(model, caller) || key.team !== null || key.maker === key.owner || !isWider;
}

/** Whether the caller may change a key's budget. */
export function maySetKeyBudget(model: Model, caller: Caller, key: KeyState): boolean {
  return !key.isDeleted && (isAdmin(model, caller) || leads(model, caller, key.team));
}

/** Whether the caller may move a key into a team: it leaves as if deleted there, and comes as if made here. */
export function mayMoveKey(model: Model, caller: Caller, key: KeyState, team: TeamState): boolean {
  if (!mayUpdateKey(model, caller, key)) return false;
  if (key.team === team.id) return true;
  if (key.owner !== null && !team.members.has(key.owner)) return false;
  if (isAdmin(model, caller)) return true;
  const isLetIn =
    isGranted(model, caller, team.id, '/key/update') && isGranted(model, caller, team.id, '/key/generate');
  const leadsBoth = leads(model, caller, key.team) && leads(model, caller, team.id);
  return isLetIn && (isOwn(model, caller, key) || leadsBoth);
}

/** Whether the caller may take a new secret for a key. */
export function mayRegenerateKey(model: Model, caller: Caller, key: KeyState): boolean {
  if (key.isDeleted) return false;
  if (isAdmin(model, caller)) return true;
  if (roleOf(model, caller) !== 'internal_user') return false;
  if (isOwn(model, caller, key)) return key.team === null || isGranted(model, caller, key.team, '/key/regenerate');
  const owner = key.owner === null ? undefined : model.users.get(key.owner);
  return leads(model, caller, key.team) && !owner?.role.startsWith('proxy_admin');
}

/** Whether the caller may delete a key. */
export function mayDeleteKey(model: Model, caller: Caller, key: KeyState): boolean {
  if (key.isDeleted) return false;
  if (isAdmin(model, caller)) return true;
  return roleOf(model, caller) === 'internal_user' && (isOwn(model, caller, key) || leads(model, caller, key.team));
}

/** Whether the caller may block a key, or let it work again. */
export function mayBlockKey(model: Model, caller: Caller, key: KeyState): boolean {
  return !key.isDeleted && (isAdmin(model, caller) || leads(model, caller, key.team));
}

/** Whether the caller may change a team's name, members and grants. */
export function mayManageTeam(model: Model, caller: Caller, team: TeamState): boolean {
  return isAdmin(model, caller) || leads(model, caller, team.id);
}

/** Whether the caller may see a user's own page: everybody their own. */
export function maySeeUser(model: Model, caller: Caller, userId: string): boolean {
  return seesEverything(model, caller) || personOf(model, caller) === userId;
}

/** Whether the caller may see a user's row: admins of a team that of its members too. */
export function maySeeUserRow(model: Model, caller: Caller, userId: string): boolean {
  return (
    maySeeUser(model, caller, userId) ||
    teamsOf(model, caller).some((team) => leads(model, caller, team.id) && team.members.has(userId))
  );
}

/** The people whom a picker shows: oneself and those one shares a team with. */
export function peopleAround(model: Model, caller: Caller): string[] {
  if (seesEverything(model, caller)) return [...model.users.keys()];
  const person = personOf(model, caller);
  if (person === null) return [];
  return [...new Set([person, ...teamsOf(model, caller).flatMap((team) => [...team.members.keys()])])];
}

/** Whether the caller may call models. */
export function mayCallModels(model: Model, caller: Caller): boolean {
  return roleOf(model, caller) !== 'proxy_admin_viewer';
}
