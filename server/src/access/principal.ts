import type { CallerRole, Reach } from './permissions.contract.ts';

/** The user id that stands for the master key and for the `UI_USERNAME` sign-in. */
export const masterUserId = 'default_user_id';

/** Who is calling the control plane. Identity always comes from here, never from a request's body. */
export interface Principal {
  readonly kind: 'anonymous' | 'master-key' | 'virtual-key' | 'session' | 'token';
  readonly role: CallerRole;
  /** The user the credential belongs to; null for keys without an owner. */
  readonly userId: string | null;
  /** Hash of the virtual key that was sent, if one was. */
  readonly keyHash: string | null;
  /** Team of the virtual key that was sent, or that a token names, if any. */
  readonly keyTeamId: string | null;
  /** The organizations that the user administers; empty for roles to whom that would add nothing. */
  readonly organizationIds: readonly string[];
  /** Hash of the session token, if the caller signed in. */
  readonly sessionHash: string | null;
  /** Routes and groups of routes that a key, or a token of an identity provider, may call; absent or empty: no restriction. */
  readonly allowedRoutes?: readonly string[];
}

/** A principal together with how far its permission reaches for the endpoint at hand. What stores take. */
export interface Access {
  readonly principal: Principal;
  readonly reach: Reach;
  /** How far the caller's own role takes it: less than `reach` where an organization that they administer widens it. */
  readonly roleReach: Reach;
}

/**
 * The same caller without what they may do as an admin of organizations: outside of these, whoever only views goes on
 * viewing only.
 */
export function outsideOrganizations(access: Access): Access & { readonly reach: Exclude<Reach, 'organization'> } {
  const { roleReach } = access;
  // No role reaches organizations; whoever administers one does.
  return { ...access, reach: roleReach === 'organization' ? 'none' : roleReach };
}

/** Whether the caller administers the organization; nobody administers what belongs to none. */
export function administers(principal: Principal, organizationId: string | null): boolean {
  return organizationId !== null && principal.organizationIds.includes(organizationId);
}

/** Nobody: the caller of a public endpoint. */
export const anonymous: Principal = {
  kind: 'anonymous',
  role: 'unknown',
  userId: null,
  keyHash: null,
  keyTeamId: null,
  organizationIds: [],
  sessionHash: null,
};

/** The holder of the master key. */
export const masterPrincipal: Principal = {
  kind: 'master-key',
  role: 'proxy_admin',
  userId: masterUserId,
  keyHash: null,
  keyTeamId: null,
  organizationIds: [],
  sessionHash: null,
};
