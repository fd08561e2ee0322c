import { listUsers } from '@latchkey/server/contract';
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { call, type ResultOf } from '../../api/call.ts';
import type { UsersView } from './users-view.ts';

/** A person as the list shows them. */
export type ListedUser = ResultOf<typeof listUsers>['users'][number];

const pageSize = 50;

/** The people of a view, fifty at a time. */
export function usersQuery({ search, role, sort }: Omit<UsersView, 'invites'>) {
  const question = {
    page_size: pageSize,
    sort_by: sort.key,
    sort_order: sort.descending ? 'desc' : 'asc',
    ...(search === '' ? {} : { search }),
    ...(role === null ? {} : { role }),
  };
  return infiniteQueryOptions({
    queryKey: ['users', 'list', question],
    queryFn: ({ pageParam, signal }) => call(listUsers, { ...question, page: pageParam }, { signal }),
    initialPageParam: 1,
    getNextPageParam: (last) => (last.page < last.total_pages ? last.page + 1 : undefined),
    placeholderData: keepPreviousData,
  });
}

/** What a person is called: e-mail, else name, else id. */
export function personName(user: Pick<ListedUser, 'user_id' | 'user_email' | 'user_alias'>): string {
  return user.user_email ?? user.user_alias ?? user.user_id;
}
