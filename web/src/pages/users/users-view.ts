import { type Role, roles } from '@latchkey/server/contract';
import type { Sort } from '../../components/data-table.tsx';
import { searchFromSort, sortFromSearch } from '../usage/usage-view.ts';

/** Everything that decides which people are listed. It lives in the address. */
export interface UsersView {
  readonly search: string;
  readonly role: Role | null;
  readonly sort: Sort;
  /** True while the sheet for inviting is open. */
  readonly invites: boolean;
}

/** The columns that the gateway can sort by. */
const sortKeys: ReadonlySet<string> = new Set(['user_email', 'user_role', 'spend', 'created_at']);

const newestFirst: Sort = { key: 'created_at', descending: true };

/** Reads the view out of the address; what makes no sense is the default. */
export function usersViewFromSearch(search: Readonly<Record<string, unknown>>): UsersView {
  const sort = sortFromSearch(search['sort']);
  const text = search['search'];
  return {
    search: typeof text === 'string' || typeof text === 'number' ? String(text) : '',
    role: roles.find((role) => role === search['role']) ?? null,
    sort: sort !== null && sortKeys.has(sort.key) ? sort : newestFirst,
    invites: search['invite'] === true,
  };
}

/** The address of a view, without defaults. */
export function searchFromUsersView(view: UsersView): Record<string, unknown> {
  const sort = searchFromSort(view.sort);
  return {
    ...(view.search === '' ? {} : { search: view.search }),
    ...(view.role === null ? {} : { role: view.role }),
    ...(sort === searchFromSort(newestFirst) ? {} : { sort }),
    ...(view.invites ? { invite: true } : {}),
  };
}
