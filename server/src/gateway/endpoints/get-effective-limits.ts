import type * as z from 'zod/mini';
import { reachOf } from '../../access/permissions.contract.ts';
import type { Call } from '../../http/call.ts';
import { type KeyRelation, refuseKey } from '../../management/keys/index.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import { arrivalRules, askRules } from '../admission-rules.ts';
import { demandFor, holdersOf } from '../admit.ts';
import { callableModels } from '../callable-models.ts';
import { countedTokens } from '../counted-tokens.ts';
import { knownLimits, routesOf } from '../deployment-limits.ts';
import {
  type CountedLimit,
  type EffectiveLimit,
  isExhausted,
  isOfRoute,
  leftOf,
  listEffectiveLimits,
} from '../effective-limits.ts';
import { findOrigins, type LimitOrigin } from '../limit-origins.ts';
import { allLimits, limitsOfCall } from '../limits.ts';
import { deploymentsFor } from '../model-access.ts';
import { inUnits, presentRefusal, presentUse } from '../present-limit.ts';
import { findTypicalCall, type TypicalCall } from '../typical-call.ts';
import { type AskingParts, findAskedKey, seesLimit, seesPersons } from './find-asked-key.ts';
import type { effectiveLimit, getEffectiveLimits as endpoint } from './limits.contract.ts';

/**
 * Every limit that can stop a key, in the order in which admission compares them.
 * @throws ApiError 400 when no key is meant, 403 and 404 as `/key/info`.
 */
export async function getEffectiveLimits(
  parts: AskingParts,
  call: Call,
  input: { key?: string | undefined; model?: string | undefined; customer?: string | undefined },
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { db } = parts.storage;
  const now = parts.now();
  const { caller, relation } = await findAskedKey(parts, call, input.key || null);
  if (input.customer && reachOf(call.principal, 'customer:read') !== 'all') {
    throw refuseKey(403, 'Only admins see the limits of customers. Leave customer out.');
  }
  const customer = await parts.customers.identify(input.customer ?? '', now);
  const budgets = await parts.configuredBudgets.current(now);
  const holders = holdersOf({ caller, customer, proxyLimits: budgets.proxy });
  const deployments = input.model
    ? deploymentsFor(parts.catalog, caller, input.model)
    : callableModels(parts.catalog, caller.key).flatMap((callable) => callable.deployments);
  const limits = allLimits([
    limitsOfCall(holders, input.model || null),
    ...knownLimits(routesOf(deployments, budgets)),
  ]);
  const standing = await parts.counters.look(demandFor(limits, 0, now));
  const shown = listEffectiveLimits(caller, customer, limits, standing).filter(({ limit }) => maySee(limit, relation));
  const origins = await findOrigins(
    db,
    caller,
    customer,
    shown.map(({ limit }) => limit),
  );
  const typical = await findUsualCall(parts, caller.key.keyHash, now);
  // One deployment that is spent stops nothing while the model has others.
  const isOnly = Boolean(input.model) && deployments.length === 1;
  const first = findFirst(
    shown.filter(({ limit }) => isOnly || !isOfRoute(limit.scope)),
    typical,
  );
  const { key } = caller;
  return {
    key: key.keyHash,
    key_name: key.keyName,
    key_alias: key.keyAlias,
    user_id: key.userId,
    team_id: key.teamId,
    organization_id: key.organization?.organizationId ?? null,
    expires: isoOrNull(key.expiresAt),
    stopped_by: askRules(withoutAddress, { caller, address: '', now }).flatMap(({ name, refusal }) =>
      refusal ? [presentRefusal(name, refusal)] : [],
    ),
    typical_call: typical && {
      calls: typical.calls,
      spend: nanoUsdToUsd(typical.spendNanoUsd),
      tokens: typical.promptTokens + typical.completionTokens,
    },
    limits: shown.map((counted, index) => present(counted.limit, origins[index], typical, counted === first)),
  };
}

/** A typical call, with how many of its tokens count against limits of tokens. */
type UsualCall = TypicalCall & { readonly countedTokens: number };

async function findUsualCall(
  { storage, settings }: AskingParts,
  keyHash: string,
  now: number,
): Promise<UsualCall | null> {
  const typical = await findTypicalCall(storage.db, keyHash, now);
  return typical && { ...typical, countedTokens: countedTokens(typical, settings.tokenRateLimitType) };
}

const withoutAddress = arrivalRules.filter(({ name }) => name !== 'address');

/** Plain members who may see a team's keys learn nothing of what their owners may spend and have spent. */
function maySee(limit: EffectiveLimit, relation: KeyRelation): boolean {
  const { scope } = limit;
  const isPersonal = scope === 'user' || scope === 'team_member' || scope === 'organization_member';
  return (!isPersonal || seesPersons(relation)) && seesLimit(limit, relation);
}

/**
 * What stops the key first if it goes on as usual: a limit that lets nothing in any more; else the one that lets in
 * the fewest calls of the usual size; without any to go by, the one of which the largest part is used.
 */
function findFirst(limits: readonly CountedLimit[], typical: UsualCall | null): CountedLimit | null {
  const exhausted = limits.find(({ limit }) => isExhausted(limit));
  if (exhausted) return exhausted;
  const byCalls = limits
    .map((counted) => ({ counted, calls: callsLeft(counted.limit, typical) }))
    .filter((one): one is { counted: CountedLimit; calls: number } => one.calls !== null);
  if (byCalls.length > 0) return byCalls.reduce((one, other) => (other.calls < one.calls ? other : one)).counted;
  const share = ({ limit }: CountedLimit) => (limit.used + limit.reserved) / limit.limit;
  return limits.reduce<CountedLimit | null>(
    (most, counted) => (most === null || share(counted) > share(most) ? counted : most),
    null,
  );
}

/** A call is let in as long as anything is left, so the last one may go beyond. */
function callsLeft(limit: EffectiveLimit, typical: UsualCall | null): number | null {
  const left = leftOf(limit);
  const perCall = {
    budget: typical?.spendNanoUsd ?? 0,
    tokens: typical?.countedTokens ?? 0,
    requests: 1,
    // How many run at once says nothing about how many may follow each other.
    max_parallel_requests: 0,
  }[limit.kind];
  return perCall > 0 ? Math.ceil(left / perCall) : null;
}

function present(
  limit: EffectiveLimit,
  origin: LimitOrigin | undefined,
  typical: UsualCall | null,
  bitesFirst: boolean,
): z.infer<typeof effectiveLimit> {
  const { type = '', id = '', field = '' } = origin?.place ?? {};
  return {
    ...presentUse(limit),
    left: inUnits(limit, leftOf(limit)),
    period: limit.period,
    resets_at: isoOrNull(limit.resetsAt),
    exhausted: isExhausted(limit),
    calls_left: isExhausted(limit) ? 0 : callsLeft(limit, typical),
    bites_first: bitesFirst,
    set_on: { type, id, field },
    set_by: origin?.setBy ?? null,
    set_at: isoOrNull(origin?.setAt ?? null),
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
