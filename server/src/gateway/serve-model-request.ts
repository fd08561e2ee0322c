import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, refusalFor } from '../http/api-error.ts';
import { findCredential } from '../http/credential.ts';
import { noUsage } from '../prices/read-usage.ts';
import { arrivalRules, assertRules } from './admission-rules.ts';
import { admit } from './admit.ts';
import { answerFromCache } from './answer-from-cache.ts';
import { readAskedRouting } from './asked-routing.ts';
import { newCallId } from './call-id.ts';
import type { Caller } from './caller.ts';
import { clientAddress } from './client-address.ts';
import { forwardToProvider } from './forward-to-provider.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { endUserOf } from './identify-customer.ts';
import { readLogMetadata } from './log-metadata.ts';
import type { ModelEndpoint, ModelRequest } from './model-request.ts';
import { badRequest } from './openai-error.ts';
import { type ModelRequestBody, parseModelRequest } from './parse-request.ts';
import { planCall } from './plan-call.ts';
import { readBody } from './read-body.ts';
import { tagsOf } from './request-tags.ts';
import { estimatedOutputOf, reserveFor } from './reserve.ts';
import { isResetDue } from './reset-due.ts';
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
    const budgets = parts.configuredBudgets.current(startedAt);
    const configured = budgets instanceof Promise ? await budgets : budgets;
    const tags = tagsOf(caller, incoming.headers, body);
    const call = planCall(parts.catalog, {
      caller,
      address,
      now: startedAt,
      customer,
      proxyLimits: configured.proxy,
      mustBePriced: parts.settings.blocksModelsWithoutPricing,
      path: endpoint.name,
      model: body.field('model'),
      tags,
      tagFiltering: parts.settings.router.tagFiltering,
    });
    const { modelGroup, allowed: deployments } = call;
    const isStream = endpoint.canStream && readStreamFlag(body);
    const includesUsage = isStream && wantsUsage(body);
    const asked = readAskedRouting(incoming.headers, body);
    const logMetadata = readLogMetadata(incoming.headers);
    const cachePlan = parts.cache.plan(body, modelGroup, endpoint.callType, caller);
    const reserveNanoUsd = reserveFor(body, deployments, estimatedOutputOf(caller, parts.settings));
    const admitted = admit(call, reserveNanoUsd, {
      counters: parts.counters,
      budgetExceededStatus: parts.settings.budgetExceededStatus,
    });
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
      tags,
      logMetadata,
      isStream,
      asked,
      maxRetries: asked.numRetries ?? parts.settings.router.numRetries,
      wantsUsage: includesUsage,
      admission,
      reserveNanoUsd,
      cachePlan,
      cacheLookup: parts.cache.find(cachePlan, startedAt),
    };
    const settlement = openSettlement(request, parts);
    try {
      const cached = request.cacheLookup.answer;
      if (cached) await answerFromCache(parts, request, settlement, cached);
      else await forwardToProvider(parts, request, settlement, deployments);
    } catch (error) {
      // A defect of ours after admission: what was set aside is given back, and the failure stands in the books.
      if (!settlement.isSettled) await settlement.settle({ ...failed, errorMessage: String(error) });
      throw error;
    }
  } catch (error) {
    if (!(error instanceof ApiError)) parts.logError(error, callId);
    sendModelError(response, refusalFor(parts.settings.compatibility, error), callId);
  }
}

const failed = {
  status: 'failure',
  httpStatus: 500,
  deployment: null,
  responseId: null,
  usage: noUsage,
  usageSource: 'none',
  costNanoUsd: 0,
  aborted: false,
  attempts: 0,
  firstTokenAt: null,
} as const;

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
