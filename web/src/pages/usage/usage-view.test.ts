import { expect, test } from 'vitest';
import { searchFromUsageView, usageViewFromSearch, withoutFilter } from './usage-view.ts';

test('writes no defaults into the address', () => {
  expect(searchFromUsageView(usageViewFromSearch({}))).toEqual({});
});

test('survives the way through the address', () => {
  const search = {
    range: '30d',
    metric: 'tokens',
    group: 'key',
    compare: 'off',
    user_id: 'u_1',
    model: 'gpt-5.5',
    sort: '-requests',
    tz: 'Asia/Kolkata',
  };
  expect(searchFromUsageView(usageViewFromSearch(search))).toEqual({
    ...search,
    tz: usageViewFromSearch(search).timeZone,
  });
});

test('shows the defaults for an address that makes no sense', () => {
  const view = usageViewFromSearch({ metric: 'joy', group: 'moon', sort: '-', tz: 'Mars/Base', user_id: {} });
  expect(view).toMatchObject({ metric: 'spend', groupBy: 'model', sort: null, timeZone: null, filters: {} });
});

test('takes ids that look like numbers', () => {
  expect(usageViewFromSearch({ user_id: 42 }).filters).toEqual({ user_id: '42' });
});

test('drops one filter', () => {
  expect(withoutFilter({ user_id: 'u', model: 'm' }, 'user_id')).toEqual({ model: 'm' });
});
