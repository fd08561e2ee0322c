import { type Kysely, sql, type Transaction, type Updateable } from 'kysely';
import { type Role, roles } from '../../access/permissions.contract.ts';
import { masterUserId } from '../../access/principal.ts';
import { type AuditEntry, systemContext } from '../../audit/change.ts';
import type { InternalUserDefaults } from '../../config/settings.ts';
import type { SingleSignOnValues } from '../../config/single-sign-on-settings.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import { acceptInvitationsOf } from '../invitations/index.ts';
import type { Parts } from '../parts.ts';
import { loadInternalUserDefaults } from '../settings/index.ts';
import { changesOfRole, describeUser, insertUser, isFoundByAddress, lockUser } from '../users/index.ts';
import type { UserTable } from '../users/users.table.ts';
import { findIdentity, writeIdentity } from './identities.store.ts';
import { type ConfirmedPerson, isInGroup } from './read-person.ts';
import { SignOnRefusal } from './sign-on-refusal.ts';
import type { UserIdentityTable } from './single-sign-on.table.ts';
import { syncTeams } from './sync-teams.ts';

/** Somebody who is let in. */
export interface AdmittedPerson {
  readonly user: UserTable;
  readonly isNew: boolean;
  readonly audit: readonly AuditEntry[];
}

/**
 * Lets a confirmed person in, within a write: finds their account or makes one, and brings role, teams and address to
 * what the provider says. An account is found by the provider's own subject; the first time by an address that the
 * provider has verified, and by nothing else: names and unverified addresses are what anybody can claim.
 * @throws SignOnRefusal; what `isMadeMeanwhile` tells when the same person signs in twice at this moment.
 */
export async function admitPerson(
  tx: Transaction<Database>,
  parts: Parts,
  person: ConfirmedPerson,
  values: SingleSignOnValues,
): Promise<AdmittedPerson> {
  checkAccess(person, values);
  const identity = await findIdentity(tx, person);
  const found = identity ? await lockUser(tx, identity.user_id) : await findByAddress(tx, person);
  if (found?.user_id === masterUserId) throw new SignOnRefusal('account_reserved');
  if (found && found.disabled_at !== null) throw new SignOnRefusal('account_disabled');
  const defaults = await loadInternalUserDefaults(tx, parts);
  const { user, audit } = found
    ? await refreshUser(tx, parts, { user: found, identity, person, values, defaults })
    : await provisionUser(tx, parts, person, values, defaults);
  if (values.ui_access_mode === 'admin_only' && !isAdministrative(user.user_role)) {
    throw new SignOnRefusal('admins_only');
  }
  const teams = await syncTeams(tx, parts, person, user.user_id, identity);
  await writeIdentity(tx, parts, person, { userId: user.user_id, mappedTeamIds: teams.mappedTeamIds });
  const joined = identity ? [] : await joinAudit(tx, parts, person, user);
  return { user, isNew: found === null, audit: [...audit, ...joined, ...teams.audit] };
}

/**
 * Whether letting somebody in has failed since another sign-in of theirs has made the account at this moment, be it
 * seen by the look at who has the id and the address, or by the insert. Another try finds the account.
 */
export function isMadeMeanwhile(error: unknown): boolean {
  return isUniqueViolation(error) || (error instanceof ApiError && error.status === 409);
}

/** What everybody has to fulfil at every sign-in, whoever they are. */
function checkAccess(person: ConfirmedPerson, values: SingleSignOnValues): void {
  const domains = values.allowed_email_domains;
  if (domains !== null) {
    const domain = person.email?.slice(person.email.lastIndexOf('@') + 1).toLowerCase() ?? '';
    if (!domains.includes(domain)) throw new SignOnRefusal('email_domain_not_allowed');
    if (!person.emailVerified) throw new SignOnRefusal('email_not_verified');
  }
  const mode = values.ui_access_mode;
  if (typeof mode === 'object' && !isInGroup(person, mode.sso_group_jwt_field, mode.restricted_sso_group)) {
    throw new SignOnRefusal('group_required');
  }
}

async function findByAddress(tx: Transaction<Database>, person: ConfirmedPerson): Promise<UserTable | null> {
  if (person.email === null) return null;
  const row = await tx
    .selectFrom('users')
    .select(['user_id', 'email_chosen_at'])
    .where(sql<boolean>`lower(user_email) = ${person.email.toLowerCase()}`)
    .executeTakeFirst();
  if (!row) return null;
  if (!isFoundByAddress(row)) throw new SignOnRefusal('email_not_confirmed');
  if (!person.emailVerified) throw new SignOnRefusal('email_not_verified');
  return lockUser(tx, row.user_id);
}

/** Makes the account of somebody who has none, with the defaults of new users (contract 6.4, step 5). */
async function provisionUser(
  tx: Transaction<Database>,
  parts: Parts,
  person: ConfirmedPerson,
  values: SingleSignOnValues,
  defaults: InternalUserDefaults,
): Promise<{ user: UserTable; audit: readonly AuditEntry[] }> {
  if (!values.allow_new_users) throw new SignOnRefusal('not_invited');
  const userId = await freeUserId(tx, person.suggestedUserId);
  const role = grantedRole(parts, person, userId, values) ?? defaultRole(defaults);
  const { user, audit } = await insertUser(tx, parts, systemContext.principal, {
    user_id: userId,
    // An address that is not verified may be another person's: it must not wait here for them.
    user_email: person.emailVerified ? person.email : null,
    user_alias: person.displayName,
    user_role: role,
    auto_create_key: false,
    metadata: { auth_provider: person.provider },
  });
  return { user, audit };
}

/** The id that the provider suggests, unless somebody has it: then any. It never finds an account. */
async function freeUserId(tx: Transaction<Database>, suggested: string | null): Promise<string | null> {
  if (suggested === null || suggested === masterUserId || !/^[^\p{C}]{1,256}$/u.test(suggested)) return null;
  const taken = await tx.selectFrom('users').select('user_id').where('user_id', '=', suggested).executeTakeFirst();
  return taken ? null : suggested;
}

/** Brings an account to what the provider says today. */
async function refreshUser(
  tx: Transaction<Database>,
  parts: Parts,
  {
    user,
    identity,
    person,
    values,
    defaults,
  }: {
    user: UserTable;
    identity: UserIdentityTable | null;
    person: ConfirmedPerson;
    values: SingleSignOnValues;
    defaults: InternalUserDefaults;
  },
): Promise<{ user: UserTable; audit: readonly AuditEntry[] }> {
  const changes: Updateable<UserTable> = {};
  const role = grantedRole(parts, person, user.user_id, values) ?? roleAfterLoss(identity, user, defaults);
  if (role !== null && role !== user.user_role) Object.assign(changes, changesOfRole(parts, user, role, defaults));
  if (user.user_alias === null && person.displayName !== null) changes.user_alias = person.displayName;
  const email = await changedAddress(tx, person, user, identity);
  if (email !== null) Object.assign(changes, { user_email: email, email_chosen_at: null });
  if (Object.keys(changes).length === 0) return { user, audit: [] };
  const after = await tx
    .updateTable('users')
    .set({ ...changes, updated_at: parts.now(), updated_by: systemContext.principal.userId ?? '' })
    .where('user_id', '=', user.user_id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return {
    user: after,
    audit: [
      {
        action: 'updated',
        object: { type: 'user', id: user.user_id },
        before: describeUser(user),
        after: { ...describeUser(after), changed_by_provider: person.provider },
      },
    ],
  };
}

/** The role that settings and claims give; null: they say nothing. */
function grantedRole(
  { settings }: Parts,
  person: ConfirmedPerson,
  userId: string | null,
  values: SingleSignOnValues,
): Role | null {
  const { adminUserId } = settings.singleSignOn;
  if (adminUserId !== null && userId === adminUserId) return 'proxy_admin';
  const isAdminAddress = values.user_email !== null && person.email?.toLowerCase() === values.user_email.toLowerCase();
  return isAdminAddress && person.emailVerified ? 'proxy_admin' : person.role;
}

/** A role that only the claims had given ends with them; one that an admin has given stays. */
function roleAfterLoss(
  identity: UserIdentityTable | null,
  user: UserTable,
  defaults: InternalUserDefaults,
): Role | null {
  const isFromClaims = identity !== null && identity.mapped_role === user.user_role;
  return isFromClaims ? defaultRole(defaults) : null;
}

function defaultRole(defaults: InternalUserDefaults): Role {
  return roles.find((role) => role === defaults.params.userRole) ?? 'internal_user_viewer';
}

function isAdministrative(role: string): boolean {
  return role === 'proxy_admin' || role === 'proxy_admin_viewer';
}

/**
 * The address that the account gets: one that the provider has verified and nobody else has, where the account has
 * none, or has the one that the same provider gave before. An address that an admin has set stays.
 */
async function changedAddress(
  tx: Kysely<Database>,
  person: ConfirmedPerson,
  user: UserTable,
  identity: UserIdentityTable | null,
): Promise<string | null> {
  const { email } = person;
  if (email === null || !person.emailVerified) return null;
  if (user.user_email?.toLowerCase() === email.toLowerCase()) return null;
  if (user.user_email !== null && user.user_email.toLowerCase() !== identity?.email?.toLowerCase()) return null;
  const other = await tx
    .selectFrom('users')
    .select('user_id')
    .where(sql<boolean>`lower(user_email) = ${email.toLowerCase()}`)
    .executeTakeFirst();
  return other ? null : email;
}

/** The first sign-in ties the account to the provider, and does what accepting an invitation would have done. */
async function joinAudit(
  tx: Transaction<Database>,
  parts: Parts,
  person: ConfirmedPerson,
  user: UserTable,
): Promise<AuditEntry[]> {
  const accepted = await acceptInvitationsOf(tx, user.user_id, parts.now());
  return [
    {
      action: 'updated',
      object: { type: 'user', id: user.user_id },
      after: { sso_provider: person.provider, sso_issuer: person.issuer, sso_subject: person.subject },
    },
    ...accepted.map((object): AuditEntry => ({ action: 'accepted', object, after: { user_id: user.user_id } })),
  ];
}
