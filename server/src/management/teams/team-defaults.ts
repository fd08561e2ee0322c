import type { Kysely, Transaction } from 'kysely';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import type { TeamDefaults } from '../../config/settings.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { firstBudgetResetAt } from '../budgets/index.ts';
import { loadOrganizationLimits } from '../organizations/organization-limits.ts';
import type { Parts } from '../parts.ts';
import { lockSetting, readSetting, writeSetting } from '../settings/index.ts';
import type {
  getTeamDefaults as getEndpoint,
  teamDefaultValues,
  updateTeamDefaults as updateEndpoint,
} from './team-defaults.contract.ts';
import { readMemberPermissions } from './team-permissions.ts';

type Values = z.infer<typeof teamDefaultValues>;

/** The name under which the defaults of new teams are kept. */
const teamParams = 'default_team_params';

/** What new teams get at this moment: the config file, and above it what was set through the API (contract 4.8). */
export async function loadTeamDefaults(
  db: Kysely<Database>,
  { settings }: Pick<Parts, 'settings'>,
): Promise<TeamDefaults> {
  return { ...settings.teamDefaults, ...(await readStored(db)) };
}

/** What new teams get, what each value means, and whether it comes from the database or from the config file. */
export async function getTeamDefaults({ storage, settings }: Parts): Promise<z.infer<(typeof getEndpoint)['result']>> {
  const stored = await readStored(storage.db);
  const values = present(settings.teamDefaults, stored);
  return {
    values,
    field_schema: {
      description: 'What a new team gets when the request that adds it does not say',
      properties: {
        models: { description: 'Models of teams that come from groups of a provider; empty for all', type: 'array' },
        max_budget: { description: 'Dollars that the team may spend; null for no limit', type: 'number' },
        budget_duration: { description: 'After which time the budget starts anew, such as 1mo', type: 'string' },
        tpm_limit: { description: 'Tokens in a minute; null for no limit', type: 'number' },
        rpm_limit: { description: 'Requests in a minute; null for no limit', type: 'number' },
        team_member_permissions: { description: 'What plain members may do with keys of the team', type: 'array' },
        organization_id: { description: 'The organization that the team belongs to', type: 'string' },
      },
    },
    provenance: Object.fromEntries(
      (Object.keys(values) as (keyof Values)[]).map((name) => [
        name,
        stored[name] !== undefined ? 'database' : settings.teamDefaults[name] == null ? 'default' : 'config file',
      ]),
    ),
  };
}

/**
 * Sets what new teams get from now on, on every instance. Only what was sent changes; null says "none", whatever the
 * config file says.
 * @throws ApiError 400 for a period that no budget can have and an organization that does not exist, 422 for a permission that cannot be granted.
 */
export async function updateTeamDefaults(
  parts: Parts,
  call: Call,
  input: TeamDefaults,
): Promise<z.infer<(typeof updateEndpoint)['result']>> {
  const write = await prepareTeamDefaults(parts, call, input);
  return parts.changes.change(call.context, async (tx) => {
    const { settings, audit } = await write(tx);
    return {
      result: { message: 'Default team settings updated successfully', status: 'success', settings },
      audit,
    };
  });
}

/**
 * Checks what new teams are to get, for a write that may hold more than that. @returns what writes it.
 * @throws ApiError as `updateTeamDefaults`.
 */
export async function prepareTeamDefaults(
  parts: Parts,
  call: Call,
  input: TeamDefaults,
): Promise<(tx: Transaction<Database>) => Promise<{ settings: Values; audit: AuditEntry }>> {
  firstBudgetResetAt(parts, input.budget_duration);
  readMemberPermissions(input.team_member_permissions ?? null);
  if (input.organization_id != null) await loadOrganizationLimits(parts.storage.db, input.organization_id);
  const sent = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const fromFile = parts.settings.teamDefaults;
  return async (tx) => {
    const before = JSON.parse(await lockSetting(tx, parts, call.context, teamParams)) as TeamDefaults;
    const after: TeamDefaults = { ...before, ...sent };
    await writeSetting(tx, parts, call.context, { name: teamParams, value: JSON.stringify(after) });
    const settings = present(fromFile, after);
    return {
      settings,
      audit: {
        action: 'updated',
        object: { type: 'settings', id: teamParams },
        before: present(fromFile, before),
        after: settings,
      },
    };
  };
}

async function readStored(db: Kysely<Database>): Promise<TeamDefaults> {
  return JSON.parse(await readSetting(db, teamParams)) as TeamDefaults;
}

function present(fromFile: TeamDefaults, stored: TeamDefaults): Values {
  const values = { ...fromFile, ...stored };
  return {
    models: [...(values.models ?? [])],
    max_budget: values.max_budget ?? null,
    budget_duration: values.budget_duration ?? null,
    tpm_limit: values.tpm_limit ?? null,
    rpm_limit: values.rpm_limit ?? null,
    team_member_permissions: values.team_member_permissions ? [...values.team_member_permissions] : null,
    organization_id: values.organization_id ?? null,
  };
}
