import type { GatewayParts } from './gateway-parts.ts';
import { doneEvent } from './meter-stream.ts';
import { deploymentsFor } from './model-access.ts';
import type { ModelRequest, Outcome } from './model-request.ts';
import type { CachedAnswer } from './response-cache.ts';
import { responseHeaders } from './response-headers.ts';
import type { Settlement } from './settle.ts';

/** Answers a request with what the cache holds: costs nothing, and says what it saved. Streams are replayed as streams. */
export async function answerFromCache(
  parts: GatewayParts,
  request: ModelRequest,
  settlement: Settlement,
  cached: CachedAnswer,
): Promise<void> {
  const now = parts.now();
  const outcome: Outcome = {
    status: 'success',
    httpStatus: 200,
    errorMessage: null,
    deployment: deploymentsFor(parts.catalog, request.caller, request.modelGroup)[0] ?? null,
    responseId: cached.responseId,
    // No provider was asked, so its prompt cache had no part in it.
    usage: { ...cached.usage, cacheReadInputTokens: 0, cacheCreationInputTokens: 0, cacheCreationHourInputTokens: 0 },
    usageSource: 'cache',
    costNanoUsd: 0,
    aborted: false,
    attempts: 0,
    firstTokenAt: now,
  };
  await settlement.settle(outcome);
  const headers = responseHeaders(request, parts.counters, {
    deployment: outcome.deployment,
    retries: 0,
    now,
    costNanoUsd: 0,
    upstreamMs: 0,
    cacheKey: request.cachePlan.key,
    providerHeaders: null,
  });
  if (cached.kind === 'json') {
    request.response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': String(cached.bytes.length),
      ...headers,
    });
    request.response.end(cached.bytes);
    return;
  }
  request.response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...headers,
  });
  request.response.write(cached.bytes);
  if (request.wantsUsage && cached.usageEvent) request.response.write(cached.usageEvent);
  request.response.end(doneEvent);
}
