import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { firstBudgetResetAt } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import '../teams/teams.table.ts';
import { internalUserParams, type StoredUserDefaults } from './load-internal-user-defaults.ts';
import { type InternalUserValues, presentUserDefaults } from './present-user-defaults.ts';
import type { updateInternalUserSettings as endpoint } from './settings.contract.ts';
import { lockSetting, writeSetting } from './stored-setting.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Sets what new users get from now on, on every instance. Only what was sent changes; null says "none", whatever
 * the config file says.
 * @throws ApiError 400 for a period that no budget can have, 404 for a team that does not exist.
 */
export async function updateInternalUserSettings(
  parts: Parts,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const write = prepareInternalUserSettings(parts, call, input);
  return parts.changes.change(call.context, async (tx) => {
    const { settings, audit } = await write(tx);
    return {
      result: { message: 'Internal user settings updated successfully', status: 'success', settings },
      audit,
    };
  });
}

/**
 * Checks what new users are to get, for a write that may hold more than that. @returns what writes it.
 * @throws ApiError 400 for a period that no budget can have; what is returned, 404 for a team that does not exist.
 */
export function prepareInternalUserSettings(
  parts: Parts,
  call: Call,
  input: Input,
): (tx: Transaction<Database>) => Promise<{ settings: InternalUserValues; audit: AuditEntry }> {
  firstBudgetResetAt(parts, input.budget_duration);
  const fromFile = parts.settings.internalUserDefaults;
  return async (tx) => {
    await checkTeams(tx, teamIdsOf(input));
    const before = JSON.parse(await lockSetting(tx, parts, call.context, internalUserParams)) as StoredUserDefaults;
    const after: StoredUserDefaults = { ...before, ...changesOf(input) };
    await writeSetting(tx, parts, call.context, { name: internalUserParams, value: JSON.stringify(after) });
    const settings = presentUserDefaults(fromFile, after);
    return {
      settings,
      audit: {
        action: 'updated',
        object: { type: 'settings', id: internalUserParams },
        before: presentUserDefaults(fromFile, before),
        after: settings,
      },
    };
  };
}

function changesOf(input: Input): StoredUserDefaults {
  const { teams, ...others } = input;
  const sent = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return teams === undefined ? sent : { ...sent, teams: teams && teamIdsOf(input) };
}

function teamIdsOf({ teams }: Input): string[] {
  return [...new Set(teams?.map((team) => (typeof team === 'string' ? team : team.team_id)))];
}

async function checkTeams(tx: Transaction<Database>, teamIds: readonly string[]): Promise<void> {
  if (teamIds.length === 0) return;
  const rows = await tx.selectFrom('teams').select('team_id').where('team_id', 'in', teamIds).execute();
  const unknown = teamIds.find((teamId) => !rows.some((row) => row.team_id === teamId));
  if (unknown === undefined) return;
  throw new ApiError(404, `Team not found, passed team_id=${unknown}. Create the team first, or leave it out.`);
}
