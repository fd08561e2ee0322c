import { expect, test } from 'vitest';
import { searchFromUsersView, usersViewFromSearch } from './users-view.ts';

test('survives the way through the address, without defaults', () => {
  expect(searchFromUsersView(usersViewFromSearch({}))).toEqual({});
  const search = { search: 'ana', role: 'internal_user', sort: '-spend', invite: true };
  expect(searchFromUsersView(usersViewFromSearch(search))).toEqual(search);
});

test('shows everybody, newest first, for an address that makes no sense', () => {
  expect(usersViewFromSearch({ role: 'king', sort: 'shoe_size', search: 7 })).toEqual({
    search: '7',
    role: null,
    sort: { key: 'created_at', descending: true },
    invites: false,
  });
});
