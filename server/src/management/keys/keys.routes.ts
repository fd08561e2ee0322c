import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { setKeyBlocked } from './block-key.ts';
import { createKey } from './create-key.ts';
import { deleteKeys } from './delete-keys.ts';
import { getKey } from './get-key.ts';
import * as endpoints from './keys.contract.ts';
import { listKeys } from './list-keys.ts';
import { regenerateKey } from './regenerate-key.ts';
import { updateKey } from './update-key.ts';

/** The endpoints of virtual keys. */
export function keyRoutes(parts: Parts): Route[] {
  return [
    implement(endpoints.createKey, (call, input) => createKey(parts, call, input)),
    implement(endpoints.getKey, (call, input) => getKey(parts, call, input)),
    implement(endpoints.listKeys, (call, input) => listKeys(parts, call, input)),
    implement(endpoints.updateKey, (call, input) => updateKey(parts, call, input)),
    implement(endpoints.regenerateKey, (call, input) => regenerateKey(parts, call, input)),
    implement(endpoints.deleteKeys, (call, input) => deleteKeys(parts, call, input)),
    implement(endpoints.blockKey, (call, input) => setKeyBlocked(parts, call, input, true)),
    implement(endpoints.unblockKey, (call, input) => setKeyBlocked(parts, call, input, false)),
  ];
}
