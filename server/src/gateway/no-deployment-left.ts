import type { Exhausted } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import { never } from '../ledger/spend-subjects.ts';
import { nanoUsdToUsd } from '../money/money.ts';
import type { PassedOver } from './deployment-limits.ts';

/**
 * 429 when every deployment of a model has spent or used what it may: LiteLLM's words, the reason for each, and when
 * the first of them can be called again. Source: contract 9.2 ("No deployments available" is a 429) and 4.5.
 */
export function noDeploymentLeft(passedOver: readonly PassedOver[], modelGroup: string, now: number): ApiError {
  const reasons = [...new Set(passedOver.map(reasonOf))].sort();
  const isOfBudgets = passedOver.every(({ refusal }) => refusal?.reason === 'budget');
  if (isOfBudgets) {
    const isOfProviders = passedOver.every(({ window }) => window?.owner === 'provider');
    const resetsAt = Math.min(...passedOver.map(({ window }) => window?.endsAt ?? never));
    const advice = resetsAt === never ? '' : `. The next one starts anew at ${new Date(resetsAt).toISOString()}`;
    return refusal(
      `No deployments available - crossed budget${isOfProviders ? ' for provider' : ''}: ${reasons.join(', ')}${advice}`,
    );
  }
  const seconds = Math.max(1, Math.ceil((Math.min(...passedOver.map((one) => againAt(one, now))) - now) / 1000));
  return refusal(
    `No deployments available for selected model, Try again in ${seconds} seconds. Passed model=${modelGroup}. ${reasons.join('. ')}.`,
    { 'retry-after': String(seconds) },
  );
}

function refusal(message: string, headers: Readonly<Record<string, string>> = {}): ApiError {
  return new ApiError(429, message, { type: 'None', param: 'None', alwaysErrorShape: true, headers });
}

function reasonOf({ deployment, refusal: why, window }: PassedOver): string {
  if (why === null) return `Deployment ${deployment.id} was changed just now`;
  if (why.reason === 'budget') {
    const whose = window?.owner === 'provider' ? `provider ${window.ownerId}` : `deployment ${deployment.id}`;
    return `Exceeded budget for ${whose}: ${comparison(why.exhausted)}`;
  }
  const { limitType, limit } = why.exceeded;
  return `Rate limit exceeded for deployment: ${deployment.id}. Limit type: ${limitType}. Current limit: ${limit}, Remaining: 0`;
}

function comparison({ spentNanoUsd, maxNanoUsd }: Exhausted): string {
  if (spentNanoUsd < maxNanoUsd) return 'the rest is set aside for requests that are still running';
  return `${nanoUsdToUsd(spentNanoUsd)} >= ${nanoUsdToUsd(maxNanoUsd)}`;
}

/** Epoch milliseconds. */
function againAt({ refusal: why, window }: PassedOver, now: number): number {
  if (why === null) return now;
  return why.reason === 'rate' ? why.exceeded.resetsAt : (window?.endsAt ?? never);
}
