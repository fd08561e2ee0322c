import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPattern, starsIn } from './model-pattern.ts';

describe('Patterns of model names', () => {
  test.each([
    ['gpt', 'gpt', []],
    ['gpt', 'gpt-4', null],
    ['*', '', ['']],
    ['*', 'anything/at-all', ['anything/at-all']],
    ['openai/*', 'openai/gpt', ['gpt']],
    ['openai/*', 'azure/gpt', null],
    ['a*a', 'a', null],
    ['a*a', 'aa', ['']],
    ['*-*', 'one-two-three', ['one', 'two-three']],
    ['gpt-*-mini-*', 'gpt-4-mini-mini-1', ['4', 'mini-1']],
    ['**', 'x', ['', 'x']],
    ['a.c*', 'abc', null],
    ['a*b*c', 'a-c-b', null],
  ])('%s reads %s as %j', (pattern, name, stars) => {
    expect(starsIn(pattern, name)).toEqual(stars);
    expect(matchesPattern(pattern, name)).toBe(stars !== null);
  });

  test('a name matches exactly when there are texts to put in place of the stars', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.array(text, { minLength: 5 }), (parts, texts) => {
        const name = parts.map((part, index) => (index === 0 ? part : `${texts[index - 1]}${part}`)).join('');
        const stars = starsIn(parts.join('*'), name);
        expect(stars?.length).toBe(parts.length - 1);
        expect(parts.map((part, index) => (index === 0 ? part : `${stars?.[index - 1]}${part}`)).join('')).toBe(name);
      }),
    );
  });

  test('a pattern made to be slow is not: forty stars against a long name that almost matches', () => {
    const pattern = `${'a*'.repeat(40)}b`;
    const name = 'a'.repeat(50_000);
    const startedAt = performance.now();
    expect(matchesPattern(pattern, `${name}c`)).toBe(false);
    expect(matchesPattern(`${'*a'.repeat(40)}*b*`, name)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
