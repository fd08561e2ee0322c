import { calcPrice } from '@pydantic/genai-prices';
import type { DeploymentSettings } from '../config/settings.ts';
import { attoUsdToNanoUsd, decimalToAtto } from './decimal.ts';

/** Tokens of one answer. `promptTokens` includes the cached ones, as OpenAI counts. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cacheReadInputTokens: number;
  readonly cacheCreationInputTokens: number;
  /** Those of them that the provider keeps for an hour; the others it keeps for minutes. */
  readonly cacheCreationHourInputTokens: number;
  /** Whether the provider said how many tokens its prompt cache held; without it, 0 of them means that nobody knows. */
  readonly isPromptCacheReported: boolean;
  readonly reasoningTokens: number;
}

/** Prices of one model, atto-dollars per token. A step holds from its number of prompt tokens on, for the whole request. */
export interface TokenPrices {
  readonly steps: readonly PriceStep[];
}

interface PriceStep {
  /** The step applies to requests with more prompt tokens than this. */
  readonly abovePromptTokens: number;
  readonly input: bigint;
  readonly output: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  /** For what is kept for an hour. */
  readonly cacheWriteHour: bigint;
}

/** What the tokens cost, in nano-dollars, rounded half up once. */
export function costNanoUsd(prices: TokenPrices, usage: TokenUsage): number {
  const { fresh, cacheRead, cacheWrite, cacheWriteHour, step } = pricedInput(prices, usage);
  return attoUsdToNanoUsd(
    BigInt(fresh) * step.input +
      BigInt(cacheRead) * step.cacheRead +
      BigInt(cacheWrite) * step.cacheWrite +
      BigInt(cacheWriteHour) * step.cacheWriteHour +
      BigInt(clamp(usage.completionTokens, Number.MAX_SAFE_INTEGER)) * step.output,
  );
}

/** What a provider's prompt cache did to the cost of an answer, nano-dollars. */
export interface PromptCacheMoney {
  /** What the tokens read from it cost less than fresh ones would have. */
  readonly savedNanoUsd: number;
  /** What the tokens written to it cost more than fresh ones would have. */
  readonly premiumNanoUsd: number;
}

const noMoney: PromptCacheMoney = { savedNanoUsd: 0, premiumNanoUsd: 0 };

/**
 * What the prompt cache saved and cost in an answer, each rounded half up once; either is negative where a price list
 * turns it around. Cost + saved − premium is what the same answer would have cost without a prompt cache.
 * @param prices null for a model without prices.
 */
export function promptCacheMoney(prices: TokenPrices | null, usage: TokenUsage): PromptCacheMoney {
  if (prices === null || (usage.cacheReadInputTokens === 0 && usage.cacheCreationInputTokens === 0)) return noMoney;
  const { cacheRead, cacheWrite, cacheWriteHour, step } = pricedInput(prices, usage);
  return {
    savedNanoUsd: signedNanoUsd(BigInt(cacheRead) * (step.input - step.cacheRead)),
    premiumNanoUsd: signedNanoUsd(
      BigInt(cacheWrite) * (step.cacheWrite - step.input) + BigInt(cacheWriteHour) * (step.cacheWriteHour - step.input),
    ),
  };
}

function signedNanoUsd(attoUsd: bigint): number {
  return attoUsd < 0n ? 0 - attoUsdToNanoUsd(-attoUsd) : attoUsdToNanoUsd(attoUsd);
}

/** The input tokens by what is charged for them, each counted once, and the prices that apply to them. */
function pricedInput(prices: TokenPrices, usage: TokenUsage) {
  const prompt = clamp(usage.promptTokens, Number.MAX_SAFE_INTEGER);
  const cacheRead = clamp(usage.cacheReadInputTokens, prompt);
  const written = clamp(usage.cacheCreationInputTokens, prompt - cacheRead);
  const cacheWriteHour = clamp(usage.cacheCreationHourInputTokens, written);
  return {
    fresh: prompt - cacheRead - written,
    cacheRead,
    cacheWrite: written - cacheWriteHour,
    cacheWriteHour,
    step: stepFor(prices, prompt),
  };
}

const free: PriceStep = {
  abovePromptTokens: 0,
  input: 0n,
  output: 0n,
  cacheRead: 0n,
  cacheWrite: 0n,
  cacheWriteHour: 0n,
};

function stepFor(prices: TokenPrices, promptTokens: number): PriceStep {
  return prices.steps.findLast((step) => promptTokens > step.abovePromptTokens) ?? prices.steps[0] ?? free;
}

/** A provider that reports negative or fractional counts must not be able to credit the caller. */
function clamp(tokens: number, most: number): number {
  return Math.max(0, Math.min(Math.trunc(tokens) || 0, most));
}

/**
 * Prices of a deployment: its own (`input_cost_per_token`, …) or the public price list's; null when neither
 * knows the model, which costs nothing and is shown as unpriced.
 */
export function pricesOf(
  deployment: Pick<DeploymentSettings, 'prices' | 'provider' | 'providerModel' | 'baseModel'>,
): TokenPrices | null {
  if (deployment.prices) return ownPrices(deployment.prices);
  const [provider, model] = splitModel(deployment.baseModel) ?? [deployment.provider, deployment.providerModel];
  return listedPrices(provider, model);
}

/** How many tokens of input and output together a model takes, by the public price list; null: not known. */
export function contextTokensOf(
  deployment: Pick<DeploymentSettings, 'provider' | 'providerModel' | 'baseModel'>,
): number | null {
  const [provider, model] = splitModel(deployment.baseModel) ?? [deployment.provider, deployment.providerModel];
  return findListed(provider, model)?.model.context_window ?? null;
}

function findListed(provider: string, model: string) {
  return calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { providerId: listedProviders[provider] ?? provider });
}

function ownPrices(prices: Readonly<Record<string, string>>): TokenPrices {
  const price = (name: string) => (prices[name] === undefined ? null : decimalToAtto(prices[name]));
  const input = price('input_cost_per_token') ?? 0n;
  const cacheWrite = price('cache_creation_input_token_cost') ?? input;
  return {
    steps: [
      {
        abovePromptTokens: 0,
        input,
        output: price('output_cost_per_token') ?? 0n,
        cacheRead: price('cache_read_input_token_cost') ?? input,
        cacheWrite,
        cacheWriteHour: price('cache_creation_input_token_cost_above_1hr') ?? cacheWrite,
      },
    ],
  };
}

function splitModel(model: string | null): [string, string] | null {
  const slash = model?.indexOf('/') ?? -1;
  return model !== null && slash > 0 ? [model.slice(0, slash), model.slice(slash + 1)] : null;
}

/** Provider names of the configuration that the price list spells in another way. */
const listedProviders: Readonly<Record<string, string>> = {
  bedrock: 'aws',
  gemini: 'google',
  vertex_ai: 'google',
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  xai: 'x-ai',
};

function listedPrices(provider: string, model: string): TokenPrices | null {
  const found = findListed(provider, model);
  if (!found) return null;
  const { input_mtok, output_mtok, cache_read_mtok, cache_write_mtok } = found.model_price;
  const starts = new Set([0]);
  for (const price of [input_mtok, output_mtok, cache_read_mtok, cache_write_mtok]) {
    if (typeof price === 'object') for (const tier of price.tiers) starts.add(tier.start);
  }
  const at = (price: ListedPrice, promptTokens: number) =>
    price === undefined ? null : perToken(priceAt(price, promptTokens));
  const steps = [...starts]
    .sort((one, other) => one - other)
    .map((abovePromptTokens) => {
      const input = at(input_mtok, abovePromptTokens) ?? 0n;
      const cacheWrite = at(cache_write_mtok, abovePromptTokens) ?? input;
      return {
        abovePromptTokens,
        input,
        output: at(output_mtok, abovePromptTokens) ?? 0n,
        cacheRead: at(cache_read_mtok, abovePromptTokens) ?? input,
        cacheWrite,
        // The list has one price for writing.
        cacheWriteHour: cacheWrite,
      };
    });
  return { steps };
}

type ListedPrice = number | { base: number; tiers: { start: number; price: number }[] } | undefined;

function priceAt(price: Exclude<ListedPrice, undefined>, promptTokens: number): number {
  if (typeof price === 'number') return price;
  return price.tiers.findLast((tier) => promptTokens >= tier.start)?.price ?? price.base;
}

/** Dollars per million tokens, a number with few digits, as atto-dollars per token. */
function perToken(usdPerMillionTokens: number): bigint {
  return decimalToAtto(
    `${usdPerMillionTokens}`.includes('e') ? usdPerMillionTokens.toFixed(12) : `${usdPerMillionTokens}e-6`,
  );
}
