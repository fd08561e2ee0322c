/**
 * Who may do what, and how far. This table is the only place where a role is compared with an action:
 * endpoints name a permission, stores apply the reach, the console shows what the table grants.
 * Source of the grants: LiteLLM's permission matrix in its newest, safe form.
 */

/** The four assignable roles. Ids are LiteLLM's; the labels for people live in the console. */
export const roles = ['proxy_admin', 'proxy_admin_viewer', 'internal_user', 'internal_user_viewer'] as const;

/** A role that can be given to a user. */
export type Role = (typeof roles)[number];

/** The role of a caller. `unknown` is a key whose owner has no user row: it may call models, and look at itself and at its team. */
export type CallerRole = Role | 'unknown';

/**
 * How far a permission reaches.
 * `own`: things that belong to the caller. `team`: `own`, and things of teams that the caller administers
 * (or, for reading a team, belongs to). `organization`: `team`, and things of organizations that the caller
 * administers. `all`: everything.
 */
export type Reach = (typeof reaches)[number];

/** From nothing to everything; each holds all that stands before it. */
const reaches = ['none', 'own', 'team', 'organization', 'all'] as const;

/** Every permission with the sentence that the console and the documentation show for it. */
export const permissions = {
  'model:call': 'Send requests to models',
  'model:read': 'List the models one may call',
  'key:read': 'See keys',
  'key:create': 'Create keys',
  'key:update': 'Change keys',
  'key:delete': 'Delete keys',
  'key:block': 'Block and unblock keys',
  'key:bulk-update': 'Change many keys at once',
  'user:create': 'Add users',
  'user:read': 'See a user',
  'user:list': 'List users',
  'user:count': 'Count users and teams',
  'user:update': 'Change users',
  'user:delete': 'Delete users',
  'role:read': 'See the roles that exist',
  'invitation:create': 'Invite people',
  'invitation:read': 'See invitations',
  'invitation:update': 'Change invitations',
  'invitation:delete': 'Withdraw invitations',
  'team:create': 'Create teams',
  'team:read': 'See teams',
  'team:update': 'Change teams and their members',
  'team:delete': 'Delete teams',
  'team:list': 'Find any team',
  'team:block': 'Block and unblock teams',
  'team:update-models': 'Change which models teams may use',
  'usage:read': 'See usage and spend',
  'usage:read-all': 'See the usage of tags, customers and providers',
  'spend:reset': 'Set the spend of all keys and teams to 0',
  'model:create': 'Add models, for everybody or for a team',
  'model:update': 'Change models',
  'model:delete': 'Delete models',
  'model:block': 'Take models out of service',
  'model:test': 'Try models before they are added',
  'health:read': 'Ask whether models answer',
  'cache:read': 'See how the response cache is set up',
  'cache:clear': 'Empty the response cache',
  'caching:read': 'See caching analytics',
  'settings:read': 'Read the console settings',
  'config:read': 'See the settings of the config file',
  'config:update': 'Set the settings of the config file anew',
  'audit:read': 'See who changed what',
  'user-defaults:read': 'See what new users get',
  'user-defaults:update': 'Set what new users get',
  'team-defaults:read': 'See what new teams get',
  'team-defaults:update': 'Set what new teams get',
  'single-sign-on:read': 'See how people sign in',
  'single-sign-on:update': 'Set how people sign in',
  'email:read': 'See how mail is sent, and what was sent',
  'email:update': 'Set how mail is sent, and try it',
  'user:find': 'Find people by a part of their address',
  'user:disable': 'Disable and enable users',
  'user:bulk-update': 'Change many users at once',
  'user:import': 'Add many users at once',
  'user:reset-password': 'Make links with which people set a new password',
  'session:read': 'See who is signed in where',
  'session:end': 'End sessions',
  'budget:create': 'Create budgets',
  'budget:read': 'See budgets',
  'budget:update': 'Change budgets',
  'budget:delete': 'Delete budgets',
  'customer:create': 'Add customers',
  'customer:read': 'See customers',
  'customer:update': 'Change and block customers',
  'customer:delete': 'Delete customers',
  'organization:create': 'Create organizations',
  'organization:list': 'See the organizations that one belongs to',
  'organization:read': 'See an organization with its members and teams',
  'organization:update': 'Change organizations',
  'organization:update-members': 'Change who belongs to an organization',
  'organization:delete': 'Delete organizations',
} as const;

/** The name of a permission. */
export type Permission = keyof typeof permissions;

type Grants = Readonly<Record<Permission, Reach>>;

const admin: Grants = {
  'model:call': 'all',
  'model:read': 'all',
  'key:read': 'all',
  'key:create': 'all',
  'key:update': 'all',
  'key:delete': 'all',
  'key:block': 'all',
  'key:bulk-update': 'all',
  'user:create': 'all',
  'user:read': 'all',
  'user:list': 'all',
  'user:count': 'all',
  'user:update': 'all',
  'user:delete': 'all',
  'role:read': 'all',
  'invitation:create': 'all',
  'invitation:read': 'all',
  'invitation:update': 'all',
  'invitation:delete': 'all',
  'team:create': 'all',
  'team:read': 'all',
  'team:update': 'all',
  'team:delete': 'all',
  'team:list': 'all',
  'team:block': 'all',
  'team:update-models': 'all',
  'usage:read': 'all',
  'usage:read-all': 'all',
  'spend:reset': 'all',
  'model:create': 'all',
  'model:update': 'all',
  'model:delete': 'all',
  'model:block': 'all',
  'model:test': 'all',
  'health:read': 'all',
  'cache:read': 'all',
  'cache:clear': 'all',
  'caching:read': 'all',
  'settings:read': 'all',
  'config:read': 'all',
  'config:update': 'all',
  'audit:read': 'all',
  'user-defaults:read': 'all',
  'user-defaults:update': 'all',
  'team-defaults:read': 'all',
  'team-defaults:update': 'all',
  'single-sign-on:read': 'all',
  'single-sign-on:update': 'all',
  'email:read': 'all',
  'email:update': 'all',
  'user:find': 'all',
  'user:disable': 'all',
  'user:bulk-update': 'all',
  'user:import': 'all',
  'user:reset-password': 'all',
  'session:read': 'all',
  'session:end': 'all',
  'budget:create': 'all',
  'budget:read': 'all',
  'budget:update': 'all',
  'budget:delete': 'all',
  'customer:create': 'all',
  'customer:read': 'all',
  'customer:update': 'all',
  'customer:delete': 'all',
  'organization:create': 'all',
  'organization:list': 'all',
  'organization:read': 'all',
  'organization:update': 'all',
  'organization:update-members': 'all',
  'organization:delete': 'all',
};

const nothing: Grants = {
  'model:call': 'none',
  'model:read': 'none',
  'key:read': 'none',
  'key:create': 'none',
  'key:update': 'none',
  'key:delete': 'none',
  'key:block': 'none',
  'key:bulk-update': 'none',
  'user:create': 'none',
  'user:read': 'none',
  'user:list': 'none',
  'user:count': 'none',
  'user:update': 'none',
  'user:delete': 'none',
  'role:read': 'none',
  'invitation:create': 'none',
  'invitation:read': 'none',
  'invitation:update': 'none',
  'invitation:delete': 'none',
  'team:create': 'none',
  'team:read': 'none',
  'team:update': 'none',
  'team:delete': 'none',
  'team:list': 'none',
  'team:block': 'none',
  'team:update-models': 'none',
  'usage:read': 'none',
  'usage:read-all': 'none',
  'spend:reset': 'none',
  'model:create': 'none',
  'model:update': 'none',
  'model:delete': 'none',
  'model:block': 'none',
  'model:test': 'none',
  'health:read': 'none',
  'cache:read': 'none',
  'cache:clear': 'none',
  'caching:read': 'none',
  'settings:read': 'none',
  'config:read': 'none',
  'config:update': 'none',
  'audit:read': 'none',
  'user-defaults:read': 'none',
  'user-defaults:update': 'none',
  'team-defaults:read': 'none',
  'team-defaults:update': 'none',
  'single-sign-on:read': 'none',
  'single-sign-on:update': 'none',
  'email:read': 'none',
  'email:update': 'none',
  'user:find': 'none',
  'user:disable': 'none',
  'user:bulk-update': 'none',
  'user:import': 'none',
  'user:reset-password': 'none',
  'session:read': 'none',
  'session:end': 'none',
  'budget:create': 'none',
  'budget:read': 'none',
  'budget:update': 'none',
  'budget:delete': 'none',
  'customer:create': 'none',
  'customer:read': 'none',
  'customer:update': 'none',
  'customer:delete': 'none',
  'organization:create': 'none',
  'organization:list': 'none',
  'organization:read': 'none',
  'organization:update': 'none',
  'organization:update-members': 'none',
  'organization:delete': 'none',
};

const grantsByRole: Readonly<Record<CallerRole, Grants>> = {
  proxy_admin: admin,
  proxy_admin_viewer: {
    ...nothing,
    'model:read': 'all',
    'key:read': 'all',
    'user:read': 'all',
    'user:list': 'all',
    'user:count': 'all',
    'user:update': 'own',
    'session:read': 'own',
    'session:end': 'own',
    'role:read': 'all',
    'invitation:read': 'all',
    'team:read': 'all',
    'team:list': 'all',
    'usage:read': 'all',
    'usage:read-all': 'all',
    'health:read': 'all',
    'cache:read': 'all',
    'caching:read': 'all',
    'settings:read': 'all',
    'config:read': 'all',
    'audit:read': 'all',
    'user-defaults:read': 'all',
    'team-defaults:read': 'all',
    'email:read': 'all',
    'single-sign-on:read': 'all',
    'user:find': 'all',
    'budget:read': 'all',
    'customer:read': 'all',
    'organization:list': 'all',
    'organization:read': 'all',
  },
  internal_user: {
    ...nothing,
    'model:call': 'own',
    'model:read': 'own',
    'model:create': 'team',
    'model:update': 'team',
    'model:delete': 'team',
    'key:read': 'team',
    'key:create': 'team',
    'key:update': 'team',
    'key:delete': 'team',
    'key:block': 'team',
    'user:read': 'own',
    'user:update': 'own',
    'session:read': 'own',
    'session:end': 'own',
    'role:read': 'all',
    'team:read': 'team',
    'team:update': 'team',
    'usage:read': 'own',
    'health:read': 'own',
    'caching:read': 'own',
    'settings:read': 'all',
    'audit:read': 'own',
    'user:find': 'team',
    'organization:list': 'own',
  },
  internal_user_viewer: {
    ...nothing,
    'model:call': 'own',
    'model:read': 'own',
    'key:read': 'own',
    'user:read': 'own',
    'session:read': 'own',
    'session:end': 'own',
    'role:read': 'all',
    'team:read': 'team',
    'usage:read': 'own',
    'health:read': 'own',
    'caching:read': 'own',
    'settings:read': 'all',
    'audit:read': 'own',
    'user:find': 'team',
    'organization:list': 'own',
  },
  unknown: {
    ...nothing,
    'model:call': 'own',
    'model:read': 'own',
    'health:read': 'own',
    'key:read': 'own',
    'user:read': 'own',
    'team:read': 'own',
    'settings:read': 'all',
    'user:find': 'own',
  },
};

/**
 * What org admins may do besides what their role grants. It is a role within an organization, never a user's own
 * (contract 1.1), so it stands beside the others.
 */
const grantsOfOrgAdmins: Grants = {
  ...nothing,
  'key:read': 'organization',
  'key:create': 'organization',
  'key:update': 'organization',
  'key:delete': 'organization',
  'key:block': 'organization',
  'user:create': 'organization',
  'user:read': 'organization',
  'user:list': 'organization',
  'user:delete': 'organization',
  'user:find': 'organization',
  'invitation:create': 'organization',
  'invitation:delete': 'organization',
  'team:create': 'organization',
  'team:read': 'organization',
  'team:update': 'organization',
  'team:delete': 'organization',
  'model:create': 'organization',
  'model:update': 'organization',
  'model:delete': 'organization',
  'organization:list': 'organization',
  'organization:read': 'organization',
  'organization:update-members': 'organization',
  'organization:delete': 'organization',
};

/** Whoever asks for a permission. */
export interface Grantee {
  readonly role: CallerRole;
  /** The organizations that they administer. */
  readonly organizationIds: readonly string[];
}

/** How far the permission reaches for somebody: as far as their role, or an organization they administer, takes it. */
export function reachOf({ role, organizationIds }: Grantee, permission: Permission): Reach {
  const own = reachOfRole(role, permission);
  if (organizationIds.length === 0) return own;
  const asOrgAdmin = grantsOfOrgAdmins[permission];
  return reaches.indexOf(asOrgAdmin) > reaches.indexOf(own) ? asOrgAdmin : own;
}

/** How far a role alone takes the permission. */
export function reachOfRole(role: CallerRole, permission: Permission): Reach {
  return grantsByRole[role][permission];
}

/** Everything that somebody may do, for the console's session. Permissions without any reach are left out. */
export function capabilitiesOf(grantee: Grantee): Partial<Record<Permission, Exclude<Reach, 'none'>>> {
  const capabilities: Partial<Record<Permission, Exclude<Reach, 'none'>>> = {};
  for (const permission of Object.keys(permissions) as Permission[]) {
    const reach = reachOf(grantee, permission);
    if (reach !== 'none') capabilities[permission] = reach;
  }
  return capabilities;
}
