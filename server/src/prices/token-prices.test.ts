import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costNanoUsd, type PromptCacheMoney, pricesOf, promptCacheMoney, type TokenUsage } from './token-prices.ts';

const none: TokenUsage = {
  promptTokens: 0,
  completionTokens: 0,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
  cacheCreationHourInputTokens: 0,
  isPromptCacheReported: true,
  reasoningTokens: 0,
};
const tokens = fc.integer({ min: 0, max: 5_000_000 });

function own(prices: Record<string, string>, usage: Partial<TokenUsage>): number {
  const found = pricesOf({ prices, provider: 'openai', providerModel: 'any', baseModel: null });
  if (!found) throw new Error('these prices are known');
  return costNanoUsd(found, { ...none, ...usage });
}

function listed(provider: string, model: string, usage: Partial<TokenUsage>): number {
  const found = pricesOf({ prices: null, provider, providerModel: model, baseModel: null });
  if (!found) throw new Error(`the price list does not know ${provider}/${model}`);
  return costNanoUsd(found, { ...none, ...usage });
}

/** What the price list's own calculator says, in nano-dollars; a float, so exact to far less than half of one. */
function oracle(provider: string, model: string, usage: TokenUsage): number {
  const price = calcPrice(
    {
      input_tokens: usage.promptTokens,
      output_tokens: usage.completionTokens,
      cache_read_tokens: usage.cacheReadInputTokens,
    },
    model,
    { providerId: provider },
  );
  if (!price) throw new Error('unknown model');
  return price.total_price * 1e9;
}

describe('A cost by prices of one’s own', () => {
  test('is 37,500 nano-dollars for the contract’s constant, 0.0000375 dollars: 9 and 12 tokens of the old gpt-3.5-turbo', () => {
    const prices = { input_cost_per_token: '0.0000015', output_cost_per_token: '0.000002' };
    expect(own(prices, { promptTokens: 9, completionTokens: 12 })).toBe(37_500);
  });

  test('equals digits × tokens in exact arithmetic, rounded half up once at the end', () => {
    const price = fc.record({ digits: fc.integer({ min: 0, max: 999_999 }), places: fc.integer({ min: 6, max: 18 }) });
    fc.assert(
      fc.property(price, price, price, tokens, tokens, tokens, (input, output, read, prompt, completion, cached) => {
        const text = ({ digits, places }: { digits: number; places: number }) => `${digits}e-${places}`;
        const cost = own(
          {
            input_cost_per_token: text(input),
            output_cost_per_token: text(output),
            cache_read_input_token_cost: text(read),
          },
          { promptTokens: prompt, completionTokens: completion, cacheReadInputTokens: cached },
        );
        const readTokens = Math.min(cached, prompt);
        const atto = (of: { digits: number; places: number }, count: number) =>
          BigInt(of.digits) * 10n ** BigInt(18 - of.places) * BigInt(count);
        const exact = atto(input, prompt - readTokens) + atto(read, readTokens) + atto(output, completion);
        expect(BigInt(cost)).toBe((2n * exact + 10n ** 9n) / (2n * 10n ** 9n));
      }),
    );
  });

  test('charges cached tokens as fresh ones where no price for them is given', () => {
    const prices = { input_cost_per_token: '0.000001', output_cost_per_token: '0.000002' };
    expect(own(prices, { promptTokens: 100, cacheReadInputTokens: 60, cacheCreationInputTokens: 20 })).toBe(100_000);
  });

  test('charges each token once: cached, written and fresh add up to the prompt', () => {
    const prices = {
      input_cost_per_token: '1e-6',
      output_cost_per_token: '0',
      cache_read_input_token_cost: '1e-7',
      cache_creation_input_token_cost: '2e-6',
    };
    expect(own(prices, { promptTokens: 100, cacheReadInputTokens: 60, cacheCreationInputTokens: 30 })).toBe(
      60 * 100 + 30 * 2_000 + 10 * 1_000,
    );
    expect(own(prices, { promptTokens: 10, cacheReadInputTokens: 60, cacheCreationInputTokens: 30 })).toBe(10 * 100);
  });

  test('is never negative, fractional or more than the books can hold, whatever a provider reports', () => {
    const weird = fc.oneof(fc.double(), fc.constantFrom(-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300));
    fc.assert(
      fc.property(
        weird,
        weird,
        weird,
        weird,
        (promptTokens, completionTokens, cacheReadInputTokens, cacheCreationInputTokens) => {
          const prices = {
            input_cost_per_token: '0.001',
            output_cost_per_token: '1000',
            cache_read_input_token_cost: '0',
          };
          const cost = own(prices, { promptTokens, completionTokens, cacheReadInputTokens, cacheCreationInputTokens });
          expect(Number.isSafeInteger(cost) && cost >= 0).toBe(true);
        },
      ),
    );
  });
});

function promptCache(prices: Record<string, string> | null, usage: Partial<TokenUsage>): PromptCacheMoney {
  const found = prices && pricesOf({ prices, provider: 'openai', providerModel: 'any', baseModel: null });
  return promptCacheMoney(found, { ...none, ...usage });
}

describe('What a prompt cache saved and cost', () => {
  const anthropic = {
    input_cost_per_token: '3e-6',
    output_cost_per_token: '15e-6',
    cache_read_input_token_cost: '3e-7',
    cache_creation_input_token_cost: '3.75e-6',
  };

  test('is what was read below, and what was written above the price of fresh input', () => {
    const usage = { promptTokens: 1_000, cacheReadInputTokens: 600, cacheCreationInputTokens: 300 };
    expect(promptCache(anthropic, usage)).toEqual({ savedNanoUsd: 600 * 2_700, premiumNanoUsd: 300 * 750 });
  });

  test('is nothing where nothing is cached, nothing is priced, or cached input costs as much', () => {
    const nothing = { savedNanoUsd: 0, premiumNanoUsd: 0 };
    const usage = { promptTokens: 1_000, cacheReadInputTokens: 600, cacheCreationInputTokens: 300 };
    expect(promptCache(anthropic, { promptTokens: 1_000 })).toEqual(nothing);
    expect(promptCache(null, usage)).toEqual(nothing);
    expect(promptCache({ input_cost_per_token: '3e-6' }, usage)).toEqual(nothing);
  });

  test('is at the price of an hour for what is kept for an hour, and so is the cost', () => {
    const prices = { ...anthropic, cache_creation_input_token_cost_above_1hr: '6e-6' };
    const usage = { promptTokens: 1_000, cacheCreationInputTokens: 300, cacheCreationHourInputTokens: 100 };
    expect(promptCache(prices, usage).premiumNanoUsd).toBe(200 * 750 + 100 * 3_000);
    expect(own(prices, usage)).toBe(700 * 3_000 + 200 * 3_750 + 100 * 6_000);
    // Without such a price it is that of every other life.
    expect(promptCache(anthropic, usage).premiumNanoUsd).toBe(300 * 750);
    expect(own(prices, { ...usage, cacheCreationHourInputTokens: 900 })).toBe(700 * 3_000 + 300 * 6_000);
  });

  test('can be negative where a price list turns it around, and is never minus zero', () => {
    const prices = {
      input_cost_per_token: '1e-6',
      cache_read_input_token_cost: '2e-6',
      cache_creation_input_token_cost: '9e-7',
    };
    const usage = { promptTokens: 10, cacheReadInputTokens: 3, cacheCreationInputTokens: 5 };
    expect(promptCache(prices, usage)).toEqual({ savedNanoUsd: -3_000, premiumNanoUsd: -500 });
    const tiny = { ...prices, cache_read_input_token_cost: '1.0000000001e-6' };
    expect(Object.is(promptCache(tiny, usage).savedNanoUsd, 0)).toBe(true);
  });

  test('is that of the step of the price list in which the whole request is', () => {
    const gemini = pricesOf({ prices: null, provider: 'gemini', providerModel: 'gemini-2.5-pro', baseModel: null });
    const at = (promptTokens: number) =>
      promptCacheMoney(gemini, { ...none, promptTokens, cacheReadInputTokens: 1_000 }).savedNanoUsd;
    expect([at(200_000), at(200_001)]).toEqual([1_000 * (1_250 - 125), 1_000 * (2_500 - 250)]);
  });

  test('equals tokens × difference of prices in exact arithmetic, and makes up for the difference in cost', () => {
    const price = fc.record({ digits: fc.integer({ min: 0, max: 999_999 }), places: fc.integer({ min: 6, max: 18 }) });
    fc.assert(
      fc.property(price, price, price, tokens, tokens, tokens, (input, read, write, prompt, cached, written) => {
        const text = ({ digits, places }: { digits: number; places: number }) => `${digits}e-${places}`;
        const prices = {
          input_cost_per_token: text(input),
          cache_read_input_token_cost: text(read),
          cache_creation_input_token_cost: text(write),
        };
        const usage = { promptTokens: prompt, cacheReadInputTokens: cached, cacheCreationInputTokens: written };
        const money = promptCache(prices, usage);
        const atto = ({ digits, places }: { digits: number; places: number }) =>
          BigInt(digits) * 10n ** BigInt(18 - places);
        const rounded = (exact: bigint) => {
          const size = exact < 0n ? -exact : exact;
          const whole = size / 10n ** 9n + (size % 10n ** 9n >= 5n * 10n ** 8n ? 1n : 0n);
          return exact < 0n ? -whole : whole;
        };
        const readTokens = BigInt(Math.min(cached, prompt));
        const writtenTokens = BigInt(Math.min(written, prompt - Number(readTokens)));
        expect(BigInt(money.savedNanoUsd)).toBe(rounded(readTokens * (atto(input) - atto(read))));
        expect(BigInt(money.premiumNanoUsd)).toBe(rounded(writtenTokens * (atto(write) - atto(input))));
        // Each of the four was rounded once.
        const without = own(prices, { promptTokens: prompt });
        const off = own(prices, usage) + money.savedNanoUsd - money.premiumNanoUsd - without;
        expect(Math.abs(off)).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('A cost by the public price list', () => {
  test.each([
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-4o-mini'],
    ['openai', 'gpt-4.1'],
    ['openai', 'o3'],
    ['openai', 'text-embedding-3-small'],
    ['mistral', 'mistral-large-latest'],
    ['groq', 'llama-3.3-70b-versatile'],
    ['google', 'gemini-2.5-pro'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['openai', 'gpt-5.4'],
  ])('of %s/%s is what the list’s own calculator says, to the nano-dollar', (provider, model) => {
    fc.assert(
      fc.property(tokens, tokens, tokens, (promptTokens, completionTokens, cached) => {
        const usage = { ...none, promptTokens, completionTokens, cacheReadInputTokens: Math.min(cached, promptTokens) };
        expect(Math.abs(listed(provider, model, usage) - oracle(provider, model, usage))).toBeLessThanOrEqual(
          0.5 + 1e-3,
        );
      }),
    );
  });

  test.each([
    ['gemini', 'google', 'gemini-2.5-pro', 200_000],
    ['anthropic', 'anthropic', 'claude-sonnet-4-5', 200_000],
    ['openai', 'openai', 'gpt-5.4', 271_999],
  ])(
    'of %s steps up where %s’s %s does: above %i prompt tokens, for the whole request',
    (configured, provider, model, step) => {
      for (const promptTokens of [step - 1, step, step + 1, step * 2]) {
        const usage = { ...none, promptTokens, completionTokens: 1_000, cacheReadInputTokens: 500 };
        expect(listed(configured, model, usage)).toBe(Math.round(oracle(provider, model, usage)));
      }
      const below = listed(configured, model, { promptTokens: step });
      expect(listed(configured, model, { promptTokens: step + 1 })).toBeGreaterThan(below * 1.9);
    },
  );

  test('is exact for gpt-4o: 2.5, 1.25 and 10 dollars a million', () => {
    expect(listed('openai', 'gpt-4o', { promptTokens: 1_001, completionTokens: 7, cacheReadInputTokens: 1 })).toBe(
      1_000 * 2_500 + 1_250 + 7 * 10_000,
    );
  });

  test('follows base_model where the provider’s own name says nothing', () => {
    const prices = pricesOf({
      prices: null,
      provider: 'openai',
      providerModel: 'my-deployment-7',
      baseModel: 'openai/gpt-4o',
    });
    expect(prices && costNanoUsd(prices, { ...none, promptTokens: 1 })).toBe(2_500);
  });

  test('knows no price for a model that nobody has heard of', () => {
    expect(pricesOf({ prices: null, provider: 'openai', providerModel: 'zzz-unheard-of', baseModel: null })).toBe(null);
  });
});
