import type { Kysely } from 'kysely';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import {
  assertWithinOrganization,
  type LimitsWithin,
  loadOrganizationLimits,
} from '../organizations/organization-limits.ts';
import '../organizations/organizations.table.ts';
import '../teams/teams.table.ts';
import { refuseKey } from './key-rules.ts';
import { ownUserId } from './keys.store.ts';
import type { KeyTable } from './keys.table.ts';

/** Whose key is to belong to an organization, and what it may. */
export interface KeyForOrganization {
  /** Null: the key has a team, whose organization it belongs to. */
  readonly teamId: string | null;
  readonly organizationId: string | null;
  readonly limits: LimitsWithin;
}

/**
 * Reads which organization a key without a team is to belong to, and holds the key to its limits. A team's key belongs
 * to its team's, which it may name and need not.
 * @param asker somebody who must belong to the organization, as more than a viewer; `admin`: nobody has to.
 * @returns as it is stored.
 * @throws ApiError 400 for an unknown organization, one that is not the team's, and limits beyond it; 403 for somebody
 * who does not belong to it.
 */
export async function readKeyOrganization(
  tx: Kysely<Database>,
  key: KeyForOrganization,
  asker: 'admin' | { readonly userId: string | null },
): Promise<string | null> {
  const { teamId, organizationId } = key;
  if (organizationId === null) return null;
  if (teamId !== null) {
    const of = await loadTeamOrganization(tx, teamId);
    if (of === organizationId) return null;
    throw refuseKey(
      400,
      `team=${teamId} belongs to organization=${of ?? 'None'}, not to organization=${organizationId}. Leave organization_id out: a team's keys belong to the team's organization.`,
    );
  }
  if (asker !== 'admin') await assertMember(tx, organizationId, asker.userId);
  assertWithinOrganization(await loadOrganizationLimits(tx, organizationId), 'Key', key.limits);
  return organizationId;
}

/** What a patch makes of the organization that a key names itself: one that has a team names none. */
export function organizationPatchOf(
  call: Call,
  input: NamesOrganization,
  after: KeyTable,
): Pick<KeyTable, 'organization_id'> {
  if (after.team_id !== null) return { organization_id: null };
  const isSent = call.sentFields.has('organization_id');
  return { organization_id: isSent ? input.organization_id || null : after.organization_id };
}

interface NamesOrganization {
  readonly organization_id?: string | null | undefined;
}

/**
 * Holds a changed key to its organization. Call it once it is certain that the caller may change the key.
 * @throws ApiError 400, 403 as `readKeyOrganization`.
 */
export async function assertOrganizationTakes(
  tx: Kysely<Database>,
  call: Call,
  input: NamesOrganization,
  before: KeyTable,
  after: KeyTable,
): Promise<void> {
  const organizationId = after.team_id === null ? after.organization_id : input.organization_id || null;
  const isNew = after.team_id === null && organizationId !== before.organization_id;
  // Only what changes is compared: an older key beyond a newer limit may still be renamed.
  const changed = <Limit>(name: keyof KeyTable, limit: Limit): Limit | null =>
    isNew || after[name] !== before[name] ? limit : null;
  const limits = {
    models: changed('models', JSON.parse(after.models) as string[]) ?? [],
    maxBudgetNanoUsd: changed('max_budget_nano_usd', after.max_budget_nano_usd),
    tpmLimit: changed('tpm_limit', after.tpm_limit),
    rpmLimit: changed('rpm_limit', after.rpm_limit),
  };
  const mayAnyway = call.access.reach === 'all' || !isNew;
  await readKeyOrganization(
    tx,
    { teamId: after.team_id, organizationId, limits },
    mayAnyway ? 'admin' : { userId: ownUserId(call.principal) },
  );
}

/** The organization that a team belongs to; null: none, or no such team. */
export async function loadTeamOrganization(db: Kysely<Database>, teamId: string | null): Promise<string | null> {
  if (teamId === null) return null;
  const team = await db.selectFrom('teams').select('organization_id').where('team_id', '=', teamId).executeTakeFirst();
  return team?.organization_id ?? null;
}

/** Whether the organization exists is told to its members only. */
async function assertMember(tx: Kysely<Database>, organizationId: string, userId: string | null): Promise<void> {
  const membership = await tx
    .selectFrom('organization_members')
    .select('role')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId ?? '')
    .executeTakeFirst();
  if (!membership) throw refuseKey(403, `User=${userId} not assigned to organization=${organizationId}`);
  if (membership.role !== 'internal_user_viewer') return;
  throw refuseKey(
    403,
    `User=${userId} is internal_user_viewer in organization=${organizationId} and makes no keys of it. Ask one of its admins for another role.`,
  );
}
