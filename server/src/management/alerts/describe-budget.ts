import type { Transaction } from 'kysely';
import { keyLink, usageLink } from '../../http/console-links.contract.ts';
import { publicBaseUrl } from '../../http/public-base-url.ts';
import type { Database } from '../../storage/database.ts';
import { adminsOf } from '../keys/mail-key.ts';
import '../keys/keys.table.ts';
import '../organizations/organizations.table.ts';
import type { Parts } from '../parts.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import type { BudgetMail } from './budget-mail.ts';
import type { BudgetState } from './load-budget-states.ts';

/** A budget as its mails tell it, and who gets them. */
export interface DescribedBudget {
  readonly data: BudgetMail;
  /** The owner; for a team, and for a key that belongs to a team alone, the team's admins. */
  readonly to: readonly { readonly email: string | null }[];
}

/** Finds names and addresses for the mails about a budget. */
export async function describeBudget(
  tx: Transaction<Database>,
  parts: Parts,
  state: BudgetState,
): Promise<DescribedBudget> {
  const { owner } = state;
  const baseUrl = publicBaseUrl(parts.settings);
  const linkTo = (make: (baseUrl: string) => string) => (baseUrl === null ? null : make(baseUrl));
  const common: BudgetMail = {
    group: 'key',
    name: '',
    spendNanoUsd: state.spendNanoUsd,
    maxBudgetNanoUsd: state.maxBudgetNanoUsd,
    softBudgetNanoUsd: state.softBudgetNanoUsd,
    resetsAt: state.resetsAt,
    timeZone: parts.settings.timezone,
    link: linkTo(usageLink),
    ...{ keyHash: null, keyAlias: null, userId: null, userEmail: null, teamId: null, teamAlias: null },
    organizationId: null,
  };
  switch (owner.kind) {
    case 'key': {
      const key = await tx
        .selectFrom('keys')
        .select(['key_alias', 'key_name', 'user_id', 'team_id'])
        .where('key_hash', '=', owner.keyHash)
        .executeTakeFirstOrThrow();
      const user = await emailOf(tx, key.user_id);
      const isTeams = key.user_id === null && key.team_id !== null;
      return {
        to: isTeams ? await adminsOf(tx, key.team_id ?? '') : [{ email: user }],
        data: {
          ...common,
          name: key.key_alias ?? key.key_name,
          link: linkTo((base) => keyLink(base, owner.keyHash)),
          keyHash: owner.keyHash,
          keyAlias: key.key_alias,
          userId: key.user_id,
          userEmail: user,
          teamId: key.team_id,
          teamAlias: await aliasOf(tx, key.team_id),
        },
      };
    }
    case 'user': {
      const userEmail = await emailOf(tx, owner.userId);
      return {
        to: [{ email: userEmail }],
        data: { ...common, group: 'internal_user', name: userEmail ?? owner.userId, userId: owner.userId, userEmail },
      };
    }
    case 'team': {
      const teamAlias = await aliasOf(tx, owner.teamId);
      const link = linkTo((base) => usageLink(base, owner.teamId));
      return {
        to: await adminsOf(tx, owner.teamId),
        data: { ...common, group: 'team', name: teamAlias ?? owner.teamId, teamId: owner.teamId, teamAlias, link },
      };
    }
    case 'member': {
      const userEmail = await emailOf(tx, owner.userId);
      return {
        to: [{ email: userEmail }],
        data: {
          ...common,
          group: 'team_member',
          name: userEmail ?? owner.userId,
          userId: owner.userId,
          userEmail,
          teamId: owner.teamId,
          teamAlias: await aliasOf(tx, owner.teamId),
          link: linkTo((base) => usageLink(base, owner.teamId)),
        },
      };
    }
    case 'organization': {
      const { organizationId } = owner;
      const name = await organizationName(tx, organizationId);
      return {
        to: await adminsOfOrganization(tx, organizationId),
        data: { ...common, group: 'organization', name, organizationId },
      };
    }
    case 'organization-member': {
      const { organizationId, userId } = owner;
      const userEmail = await emailOf(tx, userId);
      const name = await organizationName(tx, organizationId);
      return {
        to: [{ email: userEmail }],
        data: { ...common, group: 'organization_member', name, userId, userEmail, organizationId },
      };
    }
  }
}

async function organizationName(tx: Transaction<Database>, organizationId: string): Promise<string> {
  const row = await tx
    .selectFrom('organizations')
    .select('organization_alias')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return row?.organization_alias || organizationId;
}

/** Those who answer for an organization. */
async function adminsOfOrganization(
  tx: Transaction<Database>,
  organizationId: string,
): Promise<{ email: string | null }[]> {
  return tx
    .selectFrom('organization_members')
    .innerJoin('users', 'users.user_id', 'organization_members.user_id')
    .select('users.user_email as email')
    .where('organization_members.organization_id', '=', organizationId)
    .where('organization_members.role', '=', 'org_admin')
    .where('users.disabled_at', 'is', null)
    .where('users.user_email', 'is not', null)
    .orderBy('users.user_id')
    .limit(20)
    .execute();
}

async function emailOf(tx: Transaction<Database>, userId: string | null): Promise<string | null> {
  if (userId === null) return null;
  const user = await tx.selectFrom('users').select('user_email').where('user_id', '=', userId).executeTakeFirst();
  return user?.user_email ?? null;
}

async function aliasOf(tx: Transaction<Database>, teamId: string | null): Promise<string | null> {
  if (teamId === null) return null;
  const team = await tx.selectFrom('teams').select('team_alias').where('team_id', '=', teamId).executeTakeFirst();
  return team?.team_alias ?? null;
}
