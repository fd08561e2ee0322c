import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { findBudget, loadWindowUsage, type WindowUsage } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { refuseKey } from './key-rules.ts';
import { toKeyHash } from './key-secret.ts';
import { findKey, type KeyRelation } from './keys.store.ts';
import { type PresentedKey, presentKey } from './present-key.ts';
import { mayUseRoute } from './team-rights.ts';

/**
 * One key: one's own, the calling key, keys of one's teams, or any for admins. Deleted keys are still shown.
 * @throws ApiError 404 for a key that does not exist (said before 403, as the contract has it).
 */
export async function getKey(
  parts: Parts,
  call: Call,
  input: { key?: string | undefined },
): Promise<{
  key: string;
  info: PresentedKey & WindowUsage & { user_email: string | null; team_alias: string | null };
}> {
  const named = input.key || null;
  const keyHash = named === null ? call.principal.keyHash : toKeyHash(named);
  const found = keyHash === null ? null : await findKey(parts.storage.db, call.access, keyHash);
  if (!found) throw keyNotFound();
  if (!mayRead(found.relation)) {
    throw refuseKey(403, `You are not allowed to access this key's info. Your role=${call.principal.role}`);
  }
  const { row } = found;
  const budget = await findBudget(parts.storage.db, row.budget_id);
  const model_max_budget =
    row.model_max_budget === '{}' ? JSON.stringify(budget?.model_max_budget ?? {}) : row.model_max_budget;
  const usage = await loadWindowUsage(parts, { owner: 'key', ownerId: row.key_hash }, { ...row, model_max_budget });
  return {
    key: named ?? row.key_hash,
    info: {
      ...presentKey(row, parts.now()),
      ...usage,
      litellm_budget_table: budget,
      user_email: row.user_email,
      team_alias: row.team_alias,
    },
  };
}

/** Whether the caller may see a key. */
export function mayRead(relation: KeyRelation): boolean {
  return (
    relation.administers ||
    relation.isOwner ||
    relation.isKeyItself ||
    (relation.team !== null && mayUseRoute(relation.team, '/key/info'))
  );
}

/** 404 for a key that does not exist. */
export function keyNotFound(): ApiError {
  return new ApiError(404, 'Key not found in database', { type: 'not_found_error', param: 'key' });
}
