import type { RateStanding } from '../counters/counters.ts';

/** What one limit of rate leaves. */
interface RateLeft {
  /** Whose it is, such as `api_key`, `team` or `model_per_key`. */
  readonly descriptor: string;
  readonly type: 'requests' | 'tokens' | 'max_parallel_requests';
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds. */
  readonly resetsAt: number;
}

/**
 * Tells how much the rates of a call leave, as things stood when it was let in: `x-ratelimit-{limit,remaining,reset}-…`
 * as OpenAI's clients read them, of the limit that leaves the least; the same by whose limit it is, as LiteLLM names it;
 * and what the key's limits of single models leave. Source: contract 4.5 and 9.3.
 * @param now epoch milliseconds.
 */
export function rateHeaders(
  rates: readonly RateStanding[],
  modelGroup: string,
  now: number,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  // How much others use is no caller's business. The one that leaves the least comes last, so that of two with the same name its values stay.
  const ofCaller = rates.filter(({ subject }) => !subject.startsWith('proxy:'));
  const all = ofCaller.flatMap(leftOf).sort((one, other) => other.remaining - one.remaining);
  for (const { descriptor, type, limit, remaining, resetsAt } of all) {
    headers[`x-ratelimit-${descriptor}-limit-${type}`] = String(limit);
    headers[`x-ratelimit-${descriptor}-remaining-${type}`] = String(remaining);
    if (type === 'max_parallel_requests') continue;
    headers[`x-ratelimit-limit-${type}`] = String(limit);
    headers[`x-ratelimit-remaining-${type}`] = String(remaining);
    headers[`x-ratelimit-reset-${type}`] = `${Math.max(0, Math.ceil((resetsAt - now) / 1000))}s`;
    if (descriptor === 'model_per_key') {
      headers[`x-litellm-key-remaining-${type}-${headerName(modelGroup)}`] = String(remaining);
    }
  }
  return headers;
}

function leftOf({ subject, limits, requests, tokens, inFlight, resetsAt }: RateStanding): RateLeft[] {
  const descriptor = subject.slice(0, subject.indexOf(':'));
  return (
    [
      ['requests', limits.requestsPerMinute, requests],
      ['tokens', limits.tokensPerMinute, tokens],
      ['max_parallel_requests', limits.maxParallelRequests, inFlight],
    ] as const
  ).flatMap(([type, limit, used]) =>
    limit === null ? [] : [{ descriptor, type, limit, remaining: Math.max(0, Math.ceil(limit - used)), resetsAt }],
  );
}

/** A model in the name of a header, where LiteLLM writes `-` for a slash; so do all others that may not stand there. */
function headerName(modelGroup: string): string {
  return modelGroup.replaceAll(/[^\w.-]/g, '-');
}
