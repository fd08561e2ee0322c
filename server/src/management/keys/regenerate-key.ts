import type { Kysely } from 'kysely';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { addDuration, readBudgetId } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { onlyModelRoutes } from './allowed-routes.ts';
import { assertOrganizationTakes, loadTeamOrganization, organizationPatchOf } from './key-organization.ts';
import { checkChosenSecret, refuseKey } from './key-rules.ts';
import { generateSecret, toKeyHash } from './key-secret.ts';
import { keyUpdate, type RegenerateInput } from './keys.contract.ts';
import { findKey, type KeyRelation, keyRowOf } from './keys.store.ts';
import type { KeyTable } from './keys.table.ts';
import { mailRotatedKey } from './mail-key.ts';
import { type PresentedNewKey, presentNewKey } from './present-key.ts';
import { readPatch } from './read-key-patch.ts';
import { replacedAlready, replaceSecret } from './replace-secret.ts';
import { mayUseRoute, memberNotPermitted } from './team-rights.ts';
import { assertMayPatch } from './update-key.ts';

const routes = ['/key/regenerate', '/key/{key}/regenerate', '/key/{key_id}/regenerate'] as const;

/**
 * Replaces the secret of a key: spend, budget, alias and all the rest stay, and what else the body names is changed
 * by the rules of `/key/update`. Owners, admins of the team and admins of the gateway may; plain members need the
 * team's permission besides. The new secret is in this answer and nowhere else; one that an admin of the team has
 * taken calls models and nothing else, since in the control plane it would act as its owner.
 * @throws ApiError 400, 401, 403, 404; 409 when the secret was replaced before.
 */
export async function regenerateKey(
  parts: Parts,
  call: Call,
  input: RegenerateInput,
): Promise<PresentedNewKey & { grace_period_ends_at: string | null }> {
  const named = input.key;
  if (!named) throw refuseKey(400, 'No key passed in.');
  if (named === parts.settings.masterKey && call.access.reach === 'all') {
    throw refuseKey(400, 'The master key is part of the configuration. Set another LITELLM_MASTER_KEY and restart.');
  }
  const now = parts.now();
  if (input.new_key) checkChosenSecret(input.new_key, parts.settings.masterKey);
  const graceEndsAt = readGracePeriod(parts, input.grace_period, now);
  const secret = input.new_key || generateSecret();
  const row = await parts.changes.change(call.context, async (tx) => {
    const keyHash = toKeyHash(named);
    const found = await findKey(tx, call.access, keyHash);
    if (!found || found.row.deleted_at !== null) {
      throw refuseKey(404, `Key ${named.startsWith('sk-') ? `sk-...${named.slice(-4)}` : named} not found.`);
    }
    const before = keyRowOf(found.row);
    assertMayRegenerate(found.relation, before);
    await assertNoAdminOfGateway(tx, found.relation, before);
    if (before.key_hash !== keyHash) throw replacedAlready();
    const patch = {
      ...(await patchOf(tx, { parts, call, input, before, relation: found.relation })),
      ...withoutOwnersRights(found.relation, before),
    };
    const replaced = await replaceSecret(tx, before, { secret, graceEndsAt, patch, replacedAt: now });
    await mailRotatedKey(tx, parts, {
      row: replaced.row,
      secret,
      baseUrl: call.baseUrl,
      by: call.principal,
      oldKeyEndsAt: graceEndsAt > now ? graceEndsAt : null,
    });
    const team_organization_id = await loadTeamOrganization(tx, replaced.row.team_id);
    return { result: { ...replaced.row, team_organization_id }, audit: replaced.audit };
  });
  return {
    ...presentNewKey(secret, row, input.duration ?? null),
    grace_period_ends_at: graceEndsAt > now ? new Date(graceEndsAt).toISOString() : null,
  };
}

function assertMayRegenerate(relation: KeyRelation, before: KeyTable): void {
  if (relation.everything) return;
  const { team } = relation;
  if (before.team_id !== null && team?.role && !routes.some((route) => mayUseRoute(team, route))) {
    throw memberNotPermitted(routes[0], before.team_id, team.memberPermissions);
  }
  if (relation.isOwner && (before.team_id === null || team?.role)) return;
  if (relation.administers) return;
  throw refuseKey(403, 'You are not authorized to regenerate this key');
}

/**
 * Whoever holds a key's secret acts with the role of its owner, so that admins of a team may not take one of an admin
 * or viewer of the whole gateway.
 */
async function assertNoAdminOfGateway(tx: Kysely<Database>, relation: KeyRelation, before: KeyTable): Promise<void> {
  if (relation.everything || relation.isOwner || before.user_id === null) return;
  const owner = await tx
    .selectFrom('users')
    .select('user_role')
    .where('user_id', '=', before.user_id)
    .executeTakeFirst();
  if (!owner?.user_role?.startsWith('proxy_admin')) return;
  throw refuseKey(
    403,
    'You are not authorized to regenerate this key: its owner is an admin or viewer of the whole gateway. Ask the owner to regenerate it.',
  );
}

/**
 * Who holds a secret acts as its owner, and admins of a team are not to act as its members.
 * @throws ApiError 403 for a key that cannot call models.
 */
function withoutOwnersRights(relation: KeyRelation, before: KeyTable): Partial<KeyTable> {
  if (relation.everything || relation.isOwner || before.user_id === null) return {};
  const left = onlyModelRoutes(JSON.parse(before.allowed_routes) as string[]);
  if (left !== null) return { allowed_routes: JSON.stringify(left), key_type: 'llm_api' };
  throw refuseKey(
    403,
    'You are not authorized to regenerate this key: it is not for calling models, and whoever holds its secret acts as its owner. Ask the owner to regenerate it, or delete it.',
  );
}

async function patchOf(
  tx: Kysely<Database>,
  attempt: { parts: Parts; call: Call; input: RegenerateInput; before: KeyTable; relation: KeyRelation },
): Promise<Partial<KeyTable>> {
  const { parts, call, input, before, relation } = attempt;
  const now = parts.now();
  const patch: Partial<KeyTable> = {
    ...readPatch(parts, input, call.sentFields, before),
    ...(input.budget_id === undefined ? {} : { budget_id: await readBudgetId(tx, input.budget_id) }),
    updated_at: now,
    updated_by: call.principal.userId ?? '',
  };
  Object.assign(patch, organizationPatchOf(call, input, { ...before, ...patch }));
  const changesMore = Object.keys(keyUpdate).some((name) => call.sentFields.has(name));
  if (changesMore) await assertMayPatch(tx, { parts, call, before, after: { ...before, ...patch }, relation });
  const after = { ...before, ...patch };
  await assertOrganizationTakes(tx, call, input, before, after);
  // The clock of automatic rotation starts again.
  if (after.rotate_at !== null && after.rotation_interval !== null) {
    patch.rotate_at = addDuration(after.rotation_interval, now, 'rotation_interval');
  }
  return patch;
}

function readGracePeriod(parts: Parts, sent: string | null | undefined, now: number): number {
  const duration = sent ?? parts.settings.keyRotationGracePeriod;
  return duration ? addDuration(duration, now, 'grace_period') : now;
}
