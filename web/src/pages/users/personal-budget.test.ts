import { expect, test } from 'vitest';
import { budgetFields, budgetProblem, windowWords } from './personal-budget.ts';

test('takes amounts as people write them', () => {
  expect(budgetFields({ amount: ' 2,50 ', window: '1mo' })).toEqual({ max_budget: 2.5, budget_duration: '1mo' });
  expect(budgetFields({ amount: '10', window: 'never' })).toEqual({ max_budget: 10, budget_duration: null });
  expect(budgetFields({ amount: '', window: '1mo' })).toBeNull();
});

test.each(['-1', 'ten', '1e9', '1.2.3', '$5'])('refuses %j', (amount) => {
  expect(budgetProblem({ amount, window: '1mo' })).toMatch(/dollars/);
});

test('says windows in words', () => {
  expect(windowWords('7d')).toBe('a week');
  expect(windowWords(null)).toBe('in total');
  expect(windowWords('90d')).toBe('every 90d');
});
