import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, describe, expect, test } from 'vitest';
import { createTokenCounter } from './count-tokens.ts';
import { sliceForCounting } from './slice-for-counting.ts';

const counter = createTokenCounter();
afterAll(() => counter.close());

const tokensOf = (text: string) => countTokens(text, { disallowedSpecial: new Set() });

describe('Counting tokens', () => {
  test('of messages follows the published rule: three each, three for the answer, and the tokens of the texts', async () => {
    const messages = [
      { role: 'system', content: 'You are terse.' },
      {
        role: 'user',
        name: 'Ann',
        content: [
          { type: 'text', text: 'What is on it?' },
          { type: 'image_url', image_url: { url: 'data:…' } },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [] },
    ];
    const texts = ['system', 'You are terse.', 'user', 'Ann', 'What is on it?', 'assistant'];
    const expected = 3 * 3 + 3 + texts.reduce((sum, text) => sum + tokensOf(text), 0);
    expect(await counter.countPrompt({ messages })).toBe(expected);
  });

  test('of embeddings takes texts, lists of texts and lists of tokens', async () => {
    expect(await counter.countPrompt({ input: 'Grüße' })).toBe(tokensOf('Grüße'));
    expect(await counter.countPrompt({ input: ['one', 'two words'] })).toBe(tokensOf('one') + tokensOf('two words'));
    expect(await counter.countPrompt({ input: [1, 2, 3] })).toBe(3);
    expect(await counter.countPrompt({ input: [[1, 2], [3]] })).toBe(3);
  });

  test.each([undefined, null, 7, 'text', [null, 1, 'x', { content: 5 }], { role: 'user' }])(
    'of messages that are no messages is a number: %j',
    async (messages) => {
      expect(await counter.countPrompt({ messages })).toBeGreaterThanOrEqual(0);
    },
  );

  test('takes control tokens in a text for the text they are', async () => {
    const text = 'before <|endoftext|> after <|im_start|>';
    expect(await counter.countTexts([text])).toBe(tokensOf(text));
    expect(await counter.countTexts(['still alive'])).toBe(tokensOf('still alive'));
  });

  test('in slices gives the count of the whole for any text with words', () => {
    const words = fc.array(
      fc.oneof(
        fc.lorem({ maxCount: 30 }),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.constantFrom('\n\n  ', '  a', ' 1234', "don't", '\t'),
      ),
      {
        minLength: 100,
        maxLength: 400,
      },
    );
    fc.assert(
      fc.property(words, (parts) => {
        const text = parts.join(' ');
        const slices = sliceForCounting(text);
        expect(slices.join('')).toBe(text);
        expect(slices.reduce((sum, slice) => sum + tokensOf(slice), 0)).toBe(tokensOf(text));
      }),
      { numRuns: 20 },
    );
  });

  test.each(['a', ' ', 'ab', '界', '\n'])(
    'of 200,000 characters without a break (%j) takes a moment, not a minute',
    async (piece) => {
      const started = Date.now();
      expect(await counter.countTexts([piece.repeat(200_000 / piece.length)])).toBeGreaterThan(0);
      expect(Date.now() - started).toBeLessThan(5_000);
    },
    20_000,
  );

  test('of many long texts together is bounded too: what is beyond a million characters is counted by length', async () => {
    const text = 'word '.repeat(60_000);
    const tokens = await counter.countTexts([text, text, text, text, text, text]);
    expect(tokens).toBeGreaterThan((tokensOf('word word word') / 3) * 200_000);
    expect(tokens).toBeLessThan(6 * 60_000 + 800_000 / 4);
    const started = Date.now();
    await counter.countTexts(Array.from({ length: 50 }, () => 'ab'.repeat(100_000)));
    expect(Date.now() - started).toBeLessThan(10_000);
  }, 20_000);
});
