import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { setKeyBlocked } from './block-key.ts';
import * as bulkEndpoints from './bulk-keys.contract.ts';
import { bulkUpdateKeys, bulkUpdateTeamKeys } from './bulk-update-keys.ts';
import { createKey, createServiceAccountKey } from './create-key.ts';
import { deleteKeys } from './delete-keys.ts';
import { getCreateOptions } from './get-create-options.ts';
import { getKey } from './get-key.ts';
import { getKeys } from './get-keys.ts';
import * as optionEndpoints from './key-options.contract.ts';
import * as endpoints from './keys.contract.ts';
import { listKeyAliases } from './list-key-aliases.ts';
import { listKeys } from './list-keys.ts';
import { regenerateKey } from './regenerate-key.ts';
import { resetKeySpend } from './reset-key-spend.ts';
import { updateKey } from './update-key.ts';

/** The endpoints of virtual keys. @param books whose `flush` folds what is settled into the database. */
export function keyRoutes(parts: Parts, books: { readonly flush: () => Promise<void> }): Route[] {
  return [
    implement(endpoints.createKey, (call, input) => createKey(parts, call, input)),
    implement(endpoints.createServiceAccountKey, (call, input) => createServiceAccountKey(parts, call, input)),
    implement(optionEndpoints.createOptions, (call, input) => getCreateOptions(parts, call, input)),
    implement(optionEndpoints.checkKeyHealth, async () => ({ key: 'healthy', logging_callbacks: null })),
    implement(bulkEndpoints.getKeys, (call, input) => getKeys(parts, call, input)),
    implement(bulkEndpoints.listKeyAliases, (call, input) => listKeyAliases(parts, call, input)),
    implement(bulkEndpoints.bulkUpdateKeys, (call, input) => bulkUpdateKeys(parts, call, input.keys)),
    implement(bulkEndpoints.bulkUpdateTeamKeys, (call, input) => bulkUpdateTeamKeys(parts, call, input)),
    implement(bulkEndpoints.resetKeySpend, (call, input) => resetKeySpend(parts, call, input, books.flush)),
    implement(endpoints.getKey, (call, input) => getKey(parts, call, input)),
    implement(endpoints.listKeys, (call, input) => listKeys(parts, call, input)),
    implement(endpoints.updateKey, (call, input) => updateKey(parts, call, input)),
    implement(endpoints.regenerateKey, (call, input) => regenerateKey(parts, call, input)),
    implement(endpoints.deleteKeys, (call, input) => deleteKeys(parts, call, input)),
    implement(endpoints.blockKey, (call, input) => setKeyBlocked(parts, call, input, true)),
    implement(endpoints.unblockKey, (call, input) => setKeyBlocked(parts, call, input, false)),
  ];
}
