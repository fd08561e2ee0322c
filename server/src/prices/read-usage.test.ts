import { describe, expect, test } from 'vitest';
import { noUsage, readUsage } from './read-usage.ts';

describe('Usage that a provider reports', () => {
  test('is read with its details', () => {
    expect(
      readUsage({
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 15 },
      }),
    ).toEqual({
      promptTokens: 100,
      completionTokens: 20,
      cacheReadInputTokens: 60,
      cacheCreationInputTokens: 10,
      cacheCreationHourInputTokens: 0,
      isPromptCacheReported: true,
      reasoningTokens: 15,
    });
  });

  test.each([
    [{ cached_tokens: 60, cache_creation_tokens: 10 }, {}],
    [{ cached_tokens: 60 }, { cache_creation_input_tokens: 10 }],
    [undefined, { cache_read_input_tokens: 60, cache_creation_input_tokens: 10 }],
  ])('is read as gateways in front of Anthropic write it: %j, %j', (details, beside) => {
    const usage = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: details, ...beside };
    expect(readUsage(usage)).toMatchObject({
      promptTokens: 100,
      cacheReadInputTokens: 60,
      cacheCreationInputTokens: 10,
      isPromptCacheReported: true,
    });
  });

  test.each([
    {
      prompt_tokens_details: {
        cache_creation_tokens: 10,
        cache_creation_token_details: { ephemeral_1h_input_tokens: 4 },
      },
    },
    { cache_creation_input_tokens: 10, cache_creation: { ephemeral_5m_input_tokens: 6, ephemeral_1h_input_tokens: 4 } },
  ])('tells what is kept for an hour: %j', (usage) => {
    expect(readUsage({ prompt_tokens: 100, completion_tokens: 20, ...usage })).toMatchObject({
      cacheCreationInputTokens: 10,
      cacheCreationHourInputTokens: 4,
    });
  });

  test.each([
    [undefined, false],
    [null, false],
    [{}, false],
    [{ cached_tokens: null }, false],
    [{ cached_tokens: 0 }, true],
    [{ cache_write_tokens: 0 }, true],
  ])('tells a prompt cache that held nothing from one that is not reported: %j', (details, isReported) => {
    const usage = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: details };
    expect(readUsage(usage)).toMatchObject({ cacheReadInputTokens: 0, isPromptCacheReported: isReported });
  });

  test('never has more cached tokens than tokens', () => {
    const details = { cached_tokens: 70, cache_write_tokens: 70 };
    expect(readUsage({ prompt_tokens: 100, prompt_tokens_details: details })).toMatchObject({
      cacheReadInputTokens: 70,
      cacheCreationInputTokens: 30,
    });
    expect(readUsage({ prompt_tokens: 50, prompt_tokens_details: details })).toMatchObject({
      cacheReadInputTokens: 50,
      cacheCreationInputTokens: 0,
    });
  });

  test('that is absent is told from usage of nothing', () => {
    for (const absent of [undefined, null, 5, 'usage', {}, { completion: 1 }]) expect(readUsage(absent)).toBe(null);
    expect(readUsage({ prompt_tokens: 0, completion_tokens: 0 })).toEqual(noUsage);
  });

  test('that is only a total is charged as input, not as nothing', () => {
    expect(readUsage({ total_tokens: 12 })).toEqual({ ...noUsage, promptTokens: 12 });
  });

  test.each([-5, Number.NaN, '100', null, {}, -1e300])('cannot credit the caller: %j counts as none', (count) => {
    const details = { cached_tokens: count, cache_write_tokens: count };
    expect(readUsage({ prompt_tokens: count, completion_tokens: count, prompt_tokens_details: details })).toMatchObject(
      { promptTokens: 0, completionTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
    );
  });

  test.each([1e300, Number.MAX_SAFE_INTEGER, JSON.parse('1e999') as number])(
    'cannot overflow the books: %j counts as a billion',
    (count) => {
      expect(readUsage({ prompt_tokens: count, completion_tokens: 1 })?.promptTokens).toBe(1_000_000_000);
    },
  );

  test.each([null, 5, 'x', []])('is read where its details are no object: %j', (details) => {
    expect(
      readUsage({
        prompt_tokens: 3,
        completion_tokens: 1,
        prompt_tokens_details: details,
        completion_tokens_details: details,
      }),
    ).toMatchObject({
      promptTokens: 3,
      cacheReadInputTokens: 0,
    });
  });
});
