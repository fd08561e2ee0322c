import type * as z from 'zod/mini';
import type { Parts } from '../parts.ts';
import { readStoredUserDefaults } from './load-internal-user-defaults.ts';
import { presentUserDefaults, sourcesOf } from './present-user-defaults.ts';
import type { getInternalUserSettings as endpoint } from './settings.contract.ts';

/** What new users get, what each value means, and whether it comes from the database or from the config file. */
export async function getInternalUserSettings({
  storage,
  settings,
}: Parts): Promise<z.infer<(typeof endpoint)['result']>> {
  const stored = await readStoredUserDefaults(storage.db);
  return {
    values: presentUserDefaults(settings.internalUserDefaults, stored),
    field_schema: {
      description: 'What a new user gets when the request that adds them does not say',
      properties: {
        user_role: { description: 'The role', type: 'string' },
        max_budget: { description: 'Dollars that personal keys may spend; null for no limit', type: 'number' },
        budget_duration: { description: 'After which time the budget starts anew, such as 1mo', type: 'string' },
        models: { description: 'Models that personal keys may call; empty for all', type: 'array' },
        teams: { description: 'Ids of the teams to join', type: 'array' },
      },
    },
    provenance: sourcesOf(settings.internalUserDefaults, stored),
  };
}
