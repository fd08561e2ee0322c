import type { Counters } from '../counters/counters.ts';
import { nanoUsdToUsd } from '../money/money.ts';
import { version } from '../version.ts';
import type { Deployment } from './model-catalog.ts';
import type { ModelRequest } from './model-request.ts';
import { rateHeaders } from './rate-headers.ts';

/** What the headers tell besides the request itself. */
export interface HeaderFacts {
  readonly deployment: Deployment | null;
  readonly retries: number;
  readonly now: number;
  /** Null while it is not known (streams). */
  readonly costNanoUsd: number | null;
  /** When the provider was first called; null when none was. */
  readonly upstreamMs: number;
  readonly cacheKey: string | null;
}

/** The headers that LiteLLM's clients read back. What is not known is left out. */
export function responseHeaders(request: ModelRequest, counters: Counters, facts: HeaderFacts): Record<string, string> {
  const durationMs = facts.now - request.startedAt;
  const headers: Record<string, string> = {
    'x-litellm-call-id': request.callId,
    'x-litellm-version': version,
    'x-litellm-model-group': headerSafe(request.modelGroup),
    'x-litellm-response-duration-ms': String(durationMs),
    'x-litellm-overhead-duration-ms': String(Math.max(0, durationMs - facts.upstreamMs)),
    'x-litellm-attempted-retries': String(facts.retries),
    'x-litellm-attempted-fallbacks': '0',
  };
  if (facts.deployment) {
    headers['x-litellm-model-id'] = facts.deployment.id;
    headers['x-litellm-model-api-base'] = facts.deployment.apiBase;
  }
  if (facts.costNanoUsd !== null) headers['x-litellm-response-cost'] = decimalUsd(facts.costNanoUsd);
  const { rates } = request.admission;
  if (rates.length > 0) Object.assign(headers, rateHeaders(rates, request.modelGroup, facts.now));
  if (facts.cacheKey !== null) headers['x-litellm-cache-key'] = facts.cacheKey;
  if (request.caller.kind === 'key') {
    const { key, subjects } = request.caller;
    headers['x-litellm-key-spend'] = decimalUsd(counters.spendOf(subjects[0] ?? ''));
    if (key.budget.maxBudgetNanoUsd !== null)
      headers['x-litellm-key-max-budget'] = decimalUsd(key.budget.maxBudgetNanoUsd);
    const { requestsPerMinute, tokensPerMinute } = key.rates;
    if (requestsPerMinute !== null) headers['x-litellm-key-rpm-limit'] = String(requestsPerMinute);
    if (tokensPerMinute !== null) headers['x-litellm-key-tpm-limit'] = String(tokensPerMinute);
  }
  return headers;
}

/** Dollars as the shortest decimal text, as LiteLLM writes a float. */
function decimalUsd(nanoUsd: number): string {
  return String(nanoUsdToUsd(nanoUsd));
}

function headerSafe(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value.toWellFormed());
}
