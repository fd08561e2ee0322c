import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { refuseKey } from '../../management/keys/index.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import { explainCall } from '../explain-call.ts';
import { modelEndpoints } from '../model-request.ts';
import { planCall } from '../plan-call.ts';
import { presentRefusal, presentUse } from '../present-limit.ts';
import { cleanTags } from '../request-tags.ts';
import { estimatedOutputOf, reserveOf } from '../reserve.ts';
import { type AskingParts, findAskedKey, seesLimit, seesPersons } from './find-asked-key.ts';
import type { explainPolicy as endpoint } from './limits.contract.ts';

/**
 * Whether a call would be let in, and by which rule not: asked of the rules that admit calls, without taking anything.
 * @throws ApiError 400 when no key or no endpoint is meant, 403 and 404 as `/key/info`.
 */
export async function explainPolicy(
  parts: AskingParts,
  call: Call,
  input: z.infer<NonNullable<(typeof endpoint)['input']>>,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const now = parts.now();
  const { caller, relation } = await findAskedKey(parts, call, input.key || null);
  if (!seesPersons(relation)) {
    throw refuseKey(403, 'Only the owner of a key and admins may ask what a call with it would meet.');
  }
  const customer = await parts.customers.identify(input.customer ?? '', now);
  const budgets = await parts.configuredBudgets.current(now);
  const planned = planCall(parts.catalog, {
    caller,
    customer,
    proxyLimits: budgets.proxy,
    mustBePriced: parts.settings.blocksModelsWithoutPricing,
    address: input.ip ?? '',
    now,
    path: readEndpoint(input.endpoint),
    model: input.model,
    tags: cleanTags([...caller.key.tags, ...(input.tags ?? [])]),
    tagFiltering: parts.settings.router.tagFiltering,
  });
  const reserve = reserveOf(planned.allowed, {
    promptTokens: input.input_tokens ?? 0,
    outputLimit: input.max_tokens || null,
    choices: 1,
    estimatedOutputTokens: estimatedOutputOf(caller, parts.settings),
  });
  const answers = await explainCall({ ...planned, caller }, reserve, {
    counters: parts.counters,
    budgetExceededStatus: parts.settings.budgetExceededStatus,
    withAddress: Boolean(input.ip),
    budgets,
  });
  const rules = answers.map(({ rule, limit, refusal }) => ({
    rule,
    holds: refusal === null,
    limit: limit && seesLimit(limit, relation) ? presentUse(limit) : null,
    refusal: refusal && presentRefusal(rule, refusal),
  }));
  const refusal = rules.find(({ holds }) => !holds)?.refusal ?? null;
  return {
    allowed: refusal === null,
    refusal,
    model_group: planned.modelGroup,
    deployments: planned.allowed.map(({ id }) => id),
    reserve: nanoUsdToUsd(reserve),
    rules,
  };
}

function readEndpoint(path: string | null | undefined): string {
  const short = (path || '/chat/completions').replace(/^\/v1(?=\/)/, '');
  const endpoint = modelEndpoints.find(({ name }) => name === short);
  if (endpoint) return endpoint.name;
  throw new ApiError(
    400,
    `Models are called through ${modelEndpoints.map(({ name }) => `/v1${name}`).join(', ')}. Name one of them as endpoint, or leave it out.`,
    { type: 'bad_request_error', param: 'endpoint' },
  );
}
