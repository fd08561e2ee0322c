import { costNanoUsd } from '../prices/token-prices.ts';
import type { Caller } from './caller.ts';
import type { Deployment } from './model-catalog.ts';
import type { ModelRequestBody } from './parse-request.ts';
import { noUsage } from './read-usage.ts';

/** What is known of a call's size before it is made. */
export interface CallSize {
  readonly promptTokens: number;
  /** The most tokens of output that the caller asks for, for each choice; null: no limit. */
  readonly outputLimit: number | null;
  readonly choices: number;
  /** What is to be set aside for calls without a limit; null: as much as the model gives. */
  readonly estimatedOutputTokens: number | null;
}

/** Bytes of a request per token of input, at the low end, so that the estimate is rather too high. */
const bytesPerToken = 3;
/** For a call without a limit to a model of which nobody says how long its answers can be (decision 015). */
const guessedOutputTokens = 16_384;
const mostTokens = 1e9;

/** How much output to set aside for where a call has no limit: the key says it before the configuration. Null: neither. */
export function estimatedOutputOf(
  caller: Caller,
  settings: { readonly estimatedOutputTokens: number | null },
): number | null {
  const ofKey = caller.kind === 'key' ? caller.key.estimatedOutputTokens : null;
  return ofKey ?? settings.estimatedOutputTokens;
}

/** What is set aside for a request while it runs, in nano-dollars. */
export function reserveFor(
  body: ModelRequestBody,
  deployments: readonly Deployment[],
  estimatedOutputTokens: number | null,
): number {
  const limit = body.field('max_completion_tokens') ?? body.field('max_tokens');
  const choices = body.field('n');
  return reserveOf(deployments, {
    promptTokens: Math.ceil(body.bytes.length / bytesPerToken),
    outputLimit: typeof limit === 'number' && limit > 0 ? limit : null,
    choices: typeof choices === 'number' && choices > 1 ? choices : 1,
    estimatedOutputTokens,
  });
}

/**
 * What a call may cost at most, as far as one can tell before: its input, and the longest answer that the caller allows
 * and the model gives, where it costs the most. It may be more than the whole budget: a call is let in as long as
 * anything is left, so that a small budget still serves one call after the other.
 */
export function reserveOf(deployments: readonly Deployment[], size: CallSize): number {
  let most = 0;
  for (const deployment of deployments) {
    const { tokenPrices } = deployment;
    if (tokenPrices === null) continue;
    const output = longestAnswer(deployment, size) * size.choices;
    const cost = costNanoUsd(tokenPrices, {
      ...noUsage,
      promptTokens: size.promptTokens,
      completionTokens: Math.min(output, mostTokens),
    });
    if (cost > most) most = cost;
  }
  return most;
}

function longestAnswer({ mode, maxOutputTokens, contextTokens }: Deployment, size: CallSize): number {
  if (mode === 'embedding') return 0;
  const fits = contextTokens === null ? mostTokens : Math.max(1, contextTokens - size.promptTokens);
  const most = Math.min(maxOutputTokens ?? mostTokens, fits);
  return Math.min(size.outputLimit ?? size.estimatedOutputTokens ?? maxOutputTokens ?? guessedOutputTokens, most);
}
