import { costNanoUsd } from '../prices/token-prices.ts';
import type { Deployment } from './model-catalog.ts';
import type { ModelRequestBody } from './parse-request.ts';
import { noUsage } from './read-usage.ts';

/** What is known of a call's size before it is made. */
export interface CallSize {
  readonly promptTokens: number;
  /** The most tokens of output that the caller asks for, for each choice; null: no limit. */
  readonly outputLimit: number | null;
  readonly choices: number;
}

/** Bytes of a request per token of input, at the low end, so that the estimate is rather too high. */
const bytesPerToken = 3;
const usualOutputTokens = 1_024;
const mostTokens = 1e9;

/** What is set aside for a request while it runs, in nano-dollars. */
export function reserveFor(body: ModelRequestBody, deployments: readonly Deployment[]): number {
  const limit = body.field('max_completion_tokens') ?? body.field('max_tokens');
  const choices = body.field('n');
  return reserveOf(deployments, {
    promptTokens: Math.ceil(body.bytes.length / bytesPerToken),
    outputLimit: typeof limit === 'number' && limit > 0 ? limit : null,
    choices: typeof choices === 'number' && choices > 1 ? choices : 1,
  });
}

/** What a call may cost at most, as far as one can tell before: its input, and the output it allows itself. */
export function reserveOf(deployments: readonly Deployment[], size: CallSize): number {
  const prices = deployments[0]?.tokenPrices;
  if (!prices) return 0;
  const output = (size.outputLimit ?? usualOutputTokens) * size.choices;
  return costNanoUsd(prices, {
    ...noUsage,
    promptTokens: size.promptTokens,
    completionTokens: Math.min(output, mostTokens),
  });
}
