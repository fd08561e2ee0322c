import type { IncomingHttpHeaders } from 'node:http';
import type { Counters } from '../counters/counters.ts';
import { nanoUsdToUsd } from '../money/money.ts';
import { version } from '../version.ts';
import type { Deployment } from './model-catalog.ts';
import { type ModelRequest, timeoutMsOf } from './model-request.ts';
import { providerHeaders } from './provider-headers.ts';
import { rateHeaders } from './rate-headers.ts';

/** What the headers tell besides the request itself. */
export interface HeaderFacts {
  readonly deployment: Deployment | null;
  readonly retries: number;
  readonly now: number;
  /** Null while it is not known (streams). */
  readonly costNanoUsd: number | null;
  /** How long the provider took; null when it has not answered. */
  readonly upstreamMs: number | null;
  readonly cacheKey: string | null;
  /** Those of the provider's answer; null when there is none. */
  readonly providerHeaders: IncomingHttpHeaders | null;
}

/** All headers together stay below 4 kB (contract 9.3); this much is kept for those that the server adds. */
const mostBytes = 4_096 - 400;

/** The headers that LiteLLM's clients read back. What is not known is left out, and what there is no room for. */
export function responseHeaders(request: ModelRequest, counters: Counters, facts: HeaderFacts): Record<string, string> {
  const durationMs = facts.now - request.startedAt;
  const headers: Record<string, string> = {
    'x-litellm-call-id': request.callId,
    'x-litellm-version': version,
    'x-litellm-model-group': headerSafe(request.modelGroup),
    'x-litellm-response-duration-ms': String(durationMs),
    'x-litellm-attempted-retries': String(facts.retries),
    'x-litellm-max-retries': String(request.maxRetries),
    'x-litellm-attempted-fallbacks': '0',
  };
  if (facts.upstreamMs !== null) {
    headers['x-litellm-overhead-duration-ms'] = String(Math.max(0, durationMs - facts.upstreamMs));
  }
  const { deployment } = facts;
  if (deployment) {
    headers['x-litellm-model-id'] = headerSafe(deployment.id);
    headers['x-litellm-model-api-base'] = deployment.shownApiBase;
    headers['x-litellm-timeout'] = asFloat(timeoutMsOf(request, deployment) / 1000);
    if (deployment.region !== null) headers['x-litellm-model-region'] = headerSafe(deployment.region);
  }
  if (facts.costNanoUsd !== null) headers['x-litellm-response-cost'] = decimalUsd(facts.costNanoUsd);
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
  const { rates } = request.admission;
  const ofRates = rates.length > 0 ? Object.entries(rateHeaders(rates, request.modelGroup, facts.now)) : [];
  const ofProvider = facts.providerHeaders ? providerHeaders(facts.providerHeaders, deployment?.apiKey ?? null) : [];
  if (ofRates.length + ofProvider.length > 0) addWithin(mostBytes, headers, ofRates, ofProvider);
  return headers;
}

/** Adds headers while there is room. */
function addWithin(
  most: number,
  headers: Record<string, string>,
  ...more: readonly (readonly (readonly [name: string, value: string])[])[]
): void {
  let bytes = 0;
  for (const name in headers) bytes += lineBytes(name, headers[name] ?? '');
  for (const [name, value] of more.flat()) {
    const line = lineBytes(name, value);
    if (bytes + line > most) continue;
    bytes += line;
    headers[name] = value;
  }
}

/** With the colon, the space and the end of its line. */
function lineBytes(name: string, value: string): number {
  return name.length + value.length + 4;
}

/** As LiteLLM writes seconds: `600.0`, `0.5`. */
function asFloat(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}.0` : String(seconds);
}

/** Dollars as the shortest decimal text, as LiteLLM writes a float. */
function decimalUsd(nanoUsd: number): string {
  return String(nanoUsdToUsd(nanoUsd));
}

function headerSafe(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value.toWellFormed());
}
