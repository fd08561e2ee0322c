import type { Kysely } from 'kysely';
import { findSetter } from '../management/audit-log/index.ts';
import { findKeyRow } from '../management/keys/index.ts';
import { findStoredModels } from '../management/models/index.ts';
import { findModelRates } from '../management/organizations/index.ts';
import { findMemberRates } from '../management/teams/index.ts';
import type { Database } from '../storage/database.ts';
import type { KeyCaller } from './caller.ts';
import type { EffectiveLimit, LimitField } from './effective-limits.ts';
import type { Customer } from './identify-customer.ts';

/** Where a limit is written down, and who wrote it there last. */
export interface LimitOrigin {
  readonly place: LimitPlace;
  /** Null when the log does not say. */
  readonly setBy: string | null;
  /** Epoch milliseconds. */
  readonly setAt: number | null;
}

/** The object that holds a limit, or the setting of the config file. */
export type LimitPlace = PlaceInDatabase | { readonly type: 'config'; readonly id: string; readonly field: string };

interface PlaceInDatabase {
  readonly type: 'key' | 'user' | 'team' | 'team-member' | 'organization' | 'organization-member' | 'budget' | 'model';
  readonly id: string;
  /** The field as the audit log names it. */
  readonly field: string;
}

/** Says of each limit where it comes from, in their order. */
export async function findOrigins(
  db: Kysely<Database>,
  caller: KeyCaller,
  customer: Customer | null,
  limits: readonly EffectiveLimit[],
): Promise<LimitOrigin[]> {
  const { teamId, userId, keyHash, organization } = caller.key;
  const facts: Facts = {
    caller,
    customer,
    row: await findKeyRow(db, keyHash),
    organization: organization && (await findModelRates(db, organization.organizationId)),
    member: teamId === null || userId === null ? null : await findMemberRates(db, teamId, userId),
    storedModels: await findStoredModels(
      db,
      limits.filter(({ scope }) => scope === 'deployment').map(({ id }) => id),
    ),
  };
  const origins: LimitOrigin[] = [];
  for (const limit of limits) {
    const place = placeOf(limit, facts);
    const setter = place.type === 'config' ? null : await findSetter(db, place);
    origins.push({ place, setBy: setter?.userId ?? null, setAt: setter?.at ?? null });
  }
  return origins;
}

interface Facts {
  readonly caller: KeyCaller;
  readonly customer: Customer | null;
  readonly row: Awaited<ReturnType<typeof findKeyRow>>;
  readonly member: Awaited<ReturnType<typeof findMemberRates>>;
  readonly organization: Awaited<ReturnType<typeof findModelRates>>;
  /** Ids of the deployments that are in the database. */
  readonly storedModels: ReadonlySet<string>;
}

function placeOf(limit: EffectiveLimit, facts: Facts): LimitPlace {
  const { scope, id, field } = limit;
  const { key } = facts.caller;
  const column = field === 'max_budget' ? 'max_budget_nano_usd' : field;
  switch (scope) {
    case 'key':
      return isOwn(limit, facts) ? { type: 'key', id, field: column } : ofBudget(key.budgetId, field);
    case 'user':
    case 'team':
      return { type: scope, id, field: column };
    case 'team_member':
      if (field === 'max_budget' || facts.member?.[field === 'rpm_limit' ? 'rpm_limit' : 'tpm_limit'] != null) {
        return { type: 'team-member', id, field: column };
      }
      return { type: 'team', id: key.teamId ?? '', field: `member_${field}` };
    case 'organization':
      return isOfOrganization(limit, facts)
        ? { type: 'organization', id, field }
        : ofBudget(key.organization?.budgetId ?? null, field);
    case 'proxy':
      return field === 'max_parallel_requests'
        ? { type: 'config', id: 'general_settings.global_max_parallel_requests', field }
        : { type: 'config', id: 'litellm_settings.max_budget', field };
    case 'provider':
      return { type: 'config', id: `router_settings.provider_budget_config.${id}`, field };
    case 'deployment':
      return facts.storedModels.has(id)
        ? { type: 'model', id, field: 'litellm_params' }
        : { type: 'config', id: `model_list ${id}`, field };
    case 'organization_member':
      return { type: 'organization-member', id, field: column };
    case 'customer': {
      const budgetId = facts.customer?.record.budgetId ?? null;
      return budgetId === null
        ? { type: 'config', id: 'litellm_settings.max_end_user_budget', field }
        : ofBudget(budgetId, field);
    }
  }
}

/** Rates of single models stand in the organization itself; those of its budget hold where it says nothing. */
function isOfOrganization({ field, model }: EffectiveLimit, { organization }: Facts): boolean {
  if (field !== 'model_rpm_limit' && field !== 'model_tpm_limit') return false;
  return organization !== null && Object.hasOwn(organization[field], model ?? '');
}

/** A budget that stands by itself holds rates of single models beside their budgets. */
function ofBudget(budgetId: string | null, field: LimitField): LimitPlace {
  const isOfModel = field === 'model_rpm_limit' || field === 'model_tpm_limit';
  return { type: 'budget', id: budgetId ?? '', field: isOfModel ? 'model_max_budget' : field };
}

/** Whether a key has a limit of its own, and not from the budget that it refers to. */
function isOwn({ field, limit }: EffectiveLimit, { row, caller }: Facts): boolean {
  if (!row || caller.key.budgetId === null) return true;
  switch (field) {
    case 'max_budget':
      return row.max_budget_nano_usd !== null;
    case 'model_max_budget':
      return row.model_max_budget !== '{}';
    case 'rpm_limit':
    case 'tpm_limit':
    case 'max_parallel_requests':
      return row[field] === limit;
    case 'budget_limits':
    case 'provider_budget_config':
    case 'rpm':
    case 'tpm':
      return true;
    case 'model_rpm_limit':
    case 'model_tpm_limit':
      return row[field] !== '{}' || row.model_max_budget !== '{}';
  }
}
