import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { refuseKey } from './key-rules.ts';
import { toKeyHash } from './key-secret.ts';
import type { KeyPatch } from './keys.contract.ts';
import type { PresentedKey } from './present-key.ts';
import { loadTeamRights, usesTeamRole } from './team-rights.ts';
import { updateKey } from './update-key.ts';

/** What became of each key. */
export interface BulkUpdate {
  total_requested: number;
  successful_updates: { key: string; key_info: PresentedKey & { token: string } }[];
  failed_updates: { key: string; key_info: null; failed_reason: string }[];
}

const mostKeys = 500;

/**
 * Changes many keys, each by itself: one that is refused does not hold up the others.
 * @throws ApiError 400 for more keys than can be changed at once.
 */
export async function bulkUpdateKeys(parts: Parts, call: Call, patches: readonly KeyPatch[]): Promise<BulkUpdate> {
  if (patches.length > mostKeys) {
    throw refuseKey(400, `Maximum ${mostKeys} keys can be updated at once. Found: ${patches.length}`);
  }
  const result: BulkUpdate = { total_requested: patches.length, successful_updates: [], failed_updates: [] };
  for (const patch of patches) {
    try {
      const sentFields = new Set(Object.keys(patch));
      const { key: _named, ...key_info } = await updateKey(parts, { ...call, sentFields }, patch);
      result.successful_updates.push({ key: patch.key, key_info });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      result.failed_updates.push({ key: patch.key, key_info: null, failed_reason: error.message });
    }
  }
  return result;
}

/** Which keys of a team to change, and what of them. */
export interface TeamKeysUpdate {
  readonly team_id: string;
  readonly key_ids?: readonly string[] | null | undefined;
  readonly all_keys_in_team?: boolean | null | undefined;
  readonly update_fields: Omit<KeyPatch, 'key'>;
}

/**
 * Changes keys of a team in the same way. Admins of the gateway and of the team may.
 * @throws ApiError 400 without keys or for too many, 403, 404 when the team has none of them.
 */
export async function bulkUpdateTeamKeys(parts: Parts, call: Call, input: TeamKeysUpdate): Promise<BulkUpdate> {
  const { db } = parts.storage;
  const rights = await loadTeamRights(db, input.team_id, call.principal.userId);
  const isTheirs = rights?.role === 'admin' && usesTeamRole(call.access, rights.team);
  if (call.access.reach !== 'all' && !isTheirs) {
    throw refuseKey(403, `Only proxy admins and admins of team=${input.team_id} can call /team/key/bulk_update.`);
  }
  if (!input.all_keys_in_team && !input.key_ids?.length) {
    throw refuseKey(400, 'Name the keys in key_ids, or send all_keys_in_team: true.');
  }
  const wanted = input.all_keys_in_team ? null : new Set((input.key_ids ?? []).map(toKeyHash));
  const keys = await db
    .selectFrom('keys')
    .select('key_hash')
    .where('team_id', '=', input.team_id)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .execute();
  const hashes = keys.map((key) => key.key_hash).filter((hash) => wanted === null || wanted.has(hash));
  if (hashes.length === 0) throw refuseKey(404, `No keys found for team ${input.team_id}`);
  const updated = await bulkUpdateKeys(
    parts,
    call,
    hashes.map((key) => ({ ...input.update_fields, key })),
  );
  const inTeam = new Set(hashes);
  const strangers = [...(wanted ?? [])].filter((hash) => !inTeam.has(hash));
  return {
    ...updated,
    total_requested: updated.total_requested + strangers.length,
    failed_updates: [
      ...updated.failed_updates,
      ...strangers.map((key) => ({ key, key_info: null, failed_reason: `Key not found in team ${input.team_id}` })),
    ],
  };
}
