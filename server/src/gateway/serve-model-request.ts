import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../http/api-error.ts';
import { findCredential } from '../http/credential.ts';
import type { KeyRecord } from '../management/keys/index.ts';
import { costNanoUsd } from '../prices/token-prices.ts';
import { arrivalRules, assertRules } from './admission-rules.ts';
import { admit } from './admit.ts';
import { answerFromCache } from './answer-from-cache.ts';
import { newCallId } from './call-id.ts';
import type { Caller } from './caller.ts';
import { clientAddress } from './client-address.ts';
import { forwardToProvider } from './forward-to-provider.ts';
import type { GatewayParts } from './gateway-parts.ts';

import { endUserOf } from './identify-customer.ts';
import { modelGroupOf } from './model-access.ts';
import type { Deployment } from './model-catalog.ts';
import type { ModelEndpoint, ModelRequest } from './model-request.ts';
import { badRequest } from './openai-error.ts';
import { type ModelRequestBody, parseModelRequest } from './parse-request.ts';
import { readBody } from './read-body.ts';
import { noUsage } from './read-usage.ts';
import { chooseModel } from './region.ts';
import { sendModelError } from './send-model-error.ts';
import { openSettlement } from './settle.ts';

/**
 * The whole life of a model request, top to bottom: who is it, what do they want, may they, is the answer known
 * already, else ask a provider. Everything after admission ends in exactly one settlement.
 */
export async function serveModelRequest(
  parts: GatewayParts,
  endpoint: ModelEndpoint,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = parts.now();
  const callId = newCallId(startedAt);
  try {
    const credential = findCredential(incoming.headers, parts.settings.keyHeaderName);
    const known = parts.callers.identify(credential, startedAt);
    const found = known instanceof Promise ? await known : known;
    const caller = isResetDue(found, startedAt) ? await resetFirst(parts, found, credential, startedAt) : found;
    const address = clientAddress(incoming, parts.settings.trustForwardedFor);
    assertRules(arrivalRules, { caller, address, now: startedAt });
    const body = parseModelRequest(await readBody(incoming, parts.settings.maxRequestBytes));
    const endUser = endUserOf(body, incoming, caller);
    const named = parts.customers.identify(endUser, startedAt);
    const customer = named instanceof Promise ? await named : named;
    const requested = modelGroupOf(caller, body.field('model'));
    const choice = chooseModel(parts.catalog, requested.modelGroup, customer);
    const { modelGroup } = choice;
    const isStream = endpoint.canStream && readStreamFlag(body);
    const includesUsage = isStream && wantsUsage(body);
    const cachePlan = parts.cache.plan(body, modelGroup, endpoint.callType, caller);
    const admitted = admit(
      {
        caller,
        address,
        now: startedAt,
        customer,
        path: endpoint.name,
        requestedModel: requested.requestedModel,
        ...choice,
      },
      estimateNanoUsd(body, choice.allowed),
      { counters: parts.counters, budgetExceededStatus: parts.settings.budgetExceededStatus },
    );
    const admission = admitted instanceof Promise ? await admitted : admitted;
    const request: ModelRequest = {
      callId,
      startedAt,
      endpoint,
      incoming,
      response,
      caller,
      body,
      endUser,
      modelGroup,
      isStream,
      wantsUsage: includesUsage,
      admission,
      cachePlan,
    };
    const settlement = openSettlement(request, parts.ledger, parts.now);
    try {
      const cached = parts.cache.find(cachePlan, startedAt);
      if (cached) await answerFromCache(parts, request, settlement, cached);
      else await forwardToProvider(parts, request, settlement, choice.allowed);
    } catch (error) {
      // A defect of ours after admission: what was set aside is given back, and the failure stands in the books.
      if (!settlement.isSettled) await settlement.settle({ ...failed, errorMessage: String(error) });
      throw error;
    }
  } catch (error) {
    if (!(error instanceof ApiError)) parts.logError(error, callId);
    sendModelError(response, error, callId);
  }
}

const failed = {
  status: 'failure',
  httpStatus: 500,
  deployment: null,
  responseId: null,
  usage: noUsage,
  usageSource: 'none',
  cacheStatus: 'off',
  costNanoUsd: 0,
  savedNanoUsd: 0,
  aborted: false,
  attempts: 0,
  firstTokenAt: null,
} as const;

/** One of the caller's budgets has reached the end of its window. */
function isResetDue(caller: Caller, now: number): boolean {
  if (caller.kind === 'master') return false;
  const { budget, user, team, member, organization } = caller.key;
  return (
    hasEnded(budget, now) ||
    hasEnded(user?.budget, now) ||
    hasEnded(team?.budget, now) ||
    hasEnded(member?.budget, now) ||
    hasEnded(organization?.budget, now)
  );
}

function hasEnded(budget: KeyRecord['budget'] | undefined, now: number): boolean {
  return budget !== undefined && budget.budgetResetAt !== null && budget.budgetResetAt <= now;
}

/** Resets budgets and reads the caller again. */
async function resetFirst(
  parts: GatewayParts,
  caller: Caller,
  credential: string | null,
  now: number,
): Promise<Caller> {
  try {
    await parts.resetDueBudgets();
  } catch {
    // The database is away: the window that has ended holds until it is back.
    return caller;
  }
  if (credential !== null) parts.callers.forget(credential);
  return await parts.callers.identify(credential, now);
}

function readStreamFlag(body: ModelRequestBody): boolean {
  const stream = body.field('stream');
  if (stream === undefined || stream === null) return false;
  if (typeof stream !== 'boolean') throw badRequest('`stream` must be true or false.', 'stream');
  return stream;
}

function wantsUsage(body: ModelRequestBody): boolean {
  const options = body.field('stream_options');
  if (options === undefined || options === null) return false;
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw badRequest('`stream_options` must be an object such as {"include_usage": true}.', 'stream_options');
  }
  return 'include_usage' in options && options.include_usage === true;
}

/** Bytes of a request per token of input, at the low end, so that the estimate is rather too high. */
const bytesPerToken = 3;
const usualOutputTokens = 1_024;

/** What a call may cost at most, as far as one can tell before: its input, and the output it allows itself. */
function estimateNanoUsd(body: ModelRequestBody, deployments: readonly Deployment[]): number {
  const prices = deployments[0]?.tokenPrices;
  if (!prices) return 0;
  const limit = body.field('max_completion_tokens') ?? body.field('max_tokens');
  const choices = body.field('n');
  const output =
    (typeof limit === 'number' && limit > 0 ? limit : usualOutputTokens) *
    (typeof choices === 'number' && choices > 1 ? choices : 1);
  return costNanoUsd(prices, {
    ...noUsage,
    promptTokens: Math.ceil(body.bytes.length / bytesPerToken),
    completionTokens: Math.min(output, 1e9),
  });
}
