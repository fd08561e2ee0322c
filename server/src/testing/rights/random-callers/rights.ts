import {
  administeredBy,
  administeredPeople,
  administers,
  administersKey,
  type Caller,
  isAdmin,
  isGranted,
  isOwn,
  type KeyState,
  leads,
  livingKeys,
  type Model,
  memberRoleOf,
  type OrganizationState,
  organizationOfKey,
  ownsTeam,
  personOf,
  roleOf,
  seesEverything,
  type TeamState,
  teamsOf,
  type UserState,
} from './model.ts';

/** Whether the caller may see one key. */
export function maySeeKey(model: Model, caller: Caller, key: KeyState): boolean {
  if (seesEverything(model, caller)) return true;
  if (key === caller || isOwn(model, caller, key) || administersKey(model, caller, key)) return true;
  return isGranted(model, caller, key.team, '/key/info');
}

/** The keys that a list shows: one's own; with those of teams, what its admins and its grants let see, and its own. */
export function listedKeys(model: Model, caller: Caller, withTeams: boolean): KeyState[] {
  if (seesEverything(model, caller)) return livingKeys(model);
  const isUser = roleOf(model, caller) === 'internal_user';
  return livingKeys(model).filter((key) => {
    if (isOwn(model, caller, key)) return true;
    if (withTeams && administersKey(model, caller, key)) return true;
    if (!withTeams || !isUser || memberRoleOf(model, caller, key.team) === null) return false;
    return key.owner === null || isGranted(model, caller, key.team, '/key/list');
  });
}

/** The keys that a look at a team shows. */
export function keysShownWith(model: Model, caller: Caller, team: TeamState): KeyState[] {
  const role = memberRoleOf(model, caller, team.id);
  const seesAll =
    seesEverything(model, caller) ||
    role === 'admin' ||
    ownsTeam(model, caller, team.id) ||
    (role !== null && team.grants.includes('/key/list'));
  return livingKeys(model).filter(
    (key) => key.team === team.id && (seesAll || key === caller || isOwn(model, caller, key)),
  );
}

/** Whether the caller may look at a team. */
export function maySeeTeam(model: Model, caller: Caller, team: TeamState): boolean {
  if (seesEverything(model, caller) || memberRoleOf(model, caller, team.id) !== null) return true;
  if (ownsTeam(model, caller, team.id)) return true;
  return caller !== 'master' && caller.team === team.id;
}

/** Whether the caller may make a key for this owner in this team, or without one in this organization. */
export function mayCreateKey(
  model: Model,
  caller: Caller,
  { owner, team, organization }: Pick<KeyState, 'owner' | 'team' | 'organization'>,
): boolean {
  if (isAdmin(model, caller)) return true;
  if (owner !== null && owner !== personOf(model, caller)) return false;
  if (!makesKeysIn(model, caller, team === null ? organization : (model.teams.get(team)?.organization ?? null))) {
    return false;
  }
  if (organization !== null && !makesKeysOf(model, personOf(model, caller), organization)) return false;
  return team === null || isGranted(model, caller, team, '/key/generate');
}

/** Internal users make keys; who only views does in organizations that they administer. */
function makesKeysIn(model: Model, caller: Caller, organization: string | null): boolean {
  return roleOf(model, caller) === 'internal_user' || administers(model, caller, organization);
}

/** Whether somebody may have keys of an organization: its members, but not those who view it. */
function makesKeysOf(model: Model, person: string | null, organization: string): boolean {
  const role = model.organizations.get(organization)?.members.get(person ?? '');
  return role === 'org_admin' || role === 'internal_user';
}

/** Whether the caller may make a key that belongs to a team itself. */
export function mayCreateServiceKey(model: Model, caller: Caller, team: string): boolean {
  const { organization } = model.teams.get(team) ?? {};
  if (organization === undefined) return false;
  if (isAdmin(model, caller)) return true;
  return makesKeysIn(model, caller, organization) && isGranted(model, caller, team, '/key/service-account/generate');
}

/** Whether the caller may change what is not money of a key. */
export function mayUpdateKey(model: Model, caller: Caller, key: KeyState): boolean {
  if (key.isDeleted) return false;
  if (isAdmin(model, caller) || administersKey(model, caller, key)) return true;
  if (roleOf(model, caller) !== 'internal_user') return false;
  return key.team === null ? isOwn(model, caller, key) : isGranted(model, caller, key.team, '/key/update');
}

/** Whether the caller may set a key's rate: who owns a key that somebody else made does not widen it. */
export function mayLimitKey(model: Model, caller: Caller, key: KeyState, rpmLimit: number | null): boolean {
  if (!mayUpdateKey(model, caller, key)) return false;
  const isWider = key.rpmLimit !== null && (rpmLimit === null || rpmLimit > key.rpmLimit);
  if (isAdmin(model, caller) || administersKey(model, caller, key)) return true;
  return key.team !== null || key.maker === key.owner || !isWider;
}

/** Whether the caller may change a key's budget. */
export function maySetKeyBudget(model: Model, caller: Caller, key: KeyState): boolean {
  return !key.isDeleted && (isAdmin(model, caller) || administersAlso(model, caller, key));
}

/** As an admin of the key's team or organization. */
function administersAlso(model: Model, caller: Caller, key: KeyState): boolean {
  return leads(model, caller, key.team) || administersKey(model, caller, key);
}

/** Whether the caller may put a key without a team into an organization: owners do, and nobody takes one out again. */
export function mayPutIntoOrganization(model: Model, caller: Caller, key: KeyState, organization: string): boolean {
  if (!mayUpdateKey(model, caller, key)) return false;
  // A team's key is where the team is, and may be told so.
  if (key.team !== null) return organizationOfKey(model, key) === organization;
  if (isAdmin(model, caller) || key.organization === organization) return true;
  return (
    isOwn(model, caller, key) && key.organization === null && makesKeysOf(model, personOf(model, caller), organization)
  );
}

/** Whether the caller may move a key into a team: it leaves as if deleted there, and comes as if made here. */
export function mayMoveKey(model: Model, caller: Caller, key: KeyState, team: TeamState): boolean {
  if (!mayUpdateKey(model, caller, key)) return false;
  if (key.team === team.id) return true;
  if (key.owner !== null && !belongsToTeam(model, key.owner, team)) return false;
  if (isAdmin(model, caller)) return true;
  const isLetIn =
    makesKeysIn(model, caller, team.organization) &&
    isGranted(model, caller, team.id, '/key/update') &&
    isGranted(model, caller, team.id, '/key/generate');
  const leadsBoth = administersAlso(model, caller, key) && leads(model, caller, team.id);
  return isLetIn && (isOwn(model, caller, key) || leadsBoth);
}

/** Members, and who administers the team's organization. */
function belongsToTeam(model: Model, person: string, { members, organization }: TeamState): boolean {
  if (members.has(person)) return true;
  return model.organizations.get(organization ?? '')?.members.get(person) === 'org_admin';
}

/** Whether the caller may take a new secret for a key. */
export function mayRegenerateKey(model: Model, caller: Caller, key: KeyState): boolean {
  if (key.isDeleted) return false;
  if (isAdmin(model, caller)) return true;
  const isTheirs = isOwn(model, caller, key);
  if (isTheirs && (roleOf(model, caller) === 'internal_user' || administersKey(model, caller, key))) {
    return key.team === null || isGranted(model, caller, key.team, '/key/regenerate');
  }
  const owner = key.owner === null ? undefined : model.users.get(key.owner);
  return administersAlso(model, caller, key) && !owner?.role.startsWith('proxy_admin');
}

/** Whether the caller may delete a key. */
export function mayDeleteKey(model: Model, caller: Caller, key: KeyState): boolean {
  if (key.isDeleted) return false;
  if (isAdmin(model, caller) || administersAlso(model, caller, key)) return true;
  return roleOf(model, caller) === 'internal_user' && isOwn(model, caller, key);
}

/** Whether the caller may block a key, or let it work again. */
export function mayBlockKey(model: Model, caller: Caller, key: KeyState): boolean {
  return !key.isDeleted && (isAdmin(model, caller) || administersAlso(model, caller, key));
}

/** Whether the caller may change a team's name, members and grants. */
export function mayManageTeam(model: Model, caller: Caller, team: TeamState): boolean {
  return isAdmin(model, caller) || leads(model, caller, team.id);
}

/** Whether the caller may give a team money and models, or delete it. */
export function mayOwnTeam(model: Model, caller: Caller, team: TeamState): boolean {
  return isAdmin(model, caller) || ownsTeam(model, caller, team.id);
}

/** Whether the caller may make a team of an organization. */
export function mayCreateTeam(model: Model, caller: Caller, organization: string | null): boolean {
  return isAdmin(model, caller) || administers(model, caller, organization);
}

/** Whether the caller may move a team to an organization: who administers both. */
export function mayMoveTeam(model: Model, caller: Caller, team: TeamState, organization: string | null): boolean {
  if (isAdmin(model, caller)) return true;
  if (!ownsTeam(model, caller, team.id)) return false;
  return team.organization === organization || administers(model, caller, organization);
}

/** Whether the caller may change who belongs to an organization, and delete it. */
export function mayManageOrganization(model: Model, caller: Caller, organization: OrganizationState): boolean {
  return isAdmin(model, caller) || administers(model, caller, organization.id);
}

/** Whether the caller may see all of an organization. */
export function maySeeOrganization(model: Model, caller: Caller, organization: OrganizationState): boolean {
  return seesEverything(model, caller) || administers(model, caller, organization.id);
}

/** Whether the caller may add a person whose account is made in an organization. */
export function mayCreateUser(model: Model, caller: Caller, { role, home }: Pick<UserState, 'role' | 'home'>): boolean {
  if (isAdmin(model, caller)) return true;
  return administers(model, caller, home) && role.startsWith('internal_user');
}

/** Whether the caller may invite a person who has not signed in. */
export function mayInvite(model: Model, caller: Caller, user: UserState): boolean {
  if (isAdmin(model, caller)) return true;
  return administers(model, caller, user.home) && user.role.startsWith('internal_user');
}

/** Whether the caller may delete an account: org admins one that was made in theirs, while they see it. */
export function mayDeleteUser(model: Model, caller: Caller, user: UserState): boolean {
  if (personOf(model, caller) === user.id) return false;
  if (isAdmin(model, caller)) return true;
  return mayInvite(model, caller, user) && administeredPeople(model, caller).has(user.id);
}

/** Whether the caller may withdraw an invitation: org admins what they have made. */
export function mayWithdraw(model: Model, caller: Caller, maker: string): boolean {
  return isAdmin(model, caller) || (administeredBy(model, caller).length > 0 && personOf(model, caller) === maker);
}

/** Whether the caller may see a user's own page: everybody their own. */
export function maySeeUser(model: Model, caller: Caller, userId: string): boolean {
  return seesEverything(model, caller) || personOf(model, caller) === userId;
}

/** Whether the caller may see a user's row: admins of a team that of its members too. */
export function maySeeUserRow(model: Model, caller: Caller, userId: string): boolean {
  return (
    maySeeUser(model, caller, userId) ||
    administeredPeople(model, caller).has(userId) ||
    teamsOf(model, caller).some((team) => leads(model, caller, team.id) && team.members.has(userId))
  );
}

/** The people whom a picker shows: oneself and those one shares a team with. */
export function peopleAround(model: Model, caller: Caller): string[] {
  if (seesEverything(model, caller)) return [...model.users.keys()];
  const person = personOf(model, caller);
  if (person === null) return [];
  const mates = teamsOf(model, caller).flatMap((team) => [...team.members.keys()]);
  return [...new Set([person, ...mates, ...administeredPeople(model, caller)])];
}

/** Whether the caller may call models. */
export function mayCallModels(model: Model, caller: Caller): boolean {
  return roleOf(model, caller) !== 'proxy_admin_viewer';
}
