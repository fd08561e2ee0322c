import type * as z from 'zod/mini';
import type { finishPasskey as endpoint } from './second-factors.contract.ts';
import type { PasskeyTable } from './second-factors.table.ts';

/** A passkey as its owner sees it. */
export function presentPasskey(row: PasskeyTable): z.infer<(typeof endpoint)['result']> {
  return {
    passkey_id: row.passkey_id,
    name: row.name,
    created_at: new Date(row.created_at).toISOString(),
    last_used_at: row.last_used_at === null ? null : new Date(row.last_used_at).toISOString(),
  };
}
