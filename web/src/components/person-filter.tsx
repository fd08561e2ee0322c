import { listUsers } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { useCan } from '../session/use-session.ts';
import { Select } from './field.tsx';

/** How many people the choice offers; others are reached through the ranking by user. */
const offered = 100;

/** Narrows the page to one person. Absent for those who see only themselves. */
export function PersonFilter({
  userId,
  onUserChange,
}: {
  userId: string | undefined;
  onUserChange: (userId: string | undefined) => void;
}) {
  const canList = useCan('user:list') === 'all';
  const people = useQuery({
    queryKey: ['users', 'filter'],
    queryFn: ({ signal }) =>
      call(listUsers, { page: 1, page_size: offered, sort_by: 'spend', sort_order: 'desc' }, { signal }),
    enabled: canList,
    staleTime: 5 * 60_000,
  });
  if (!canList) return null;
  const options = (people.data?.users ?? []).map((user) => ({
    value: user.user_id,
    label: user.user_email ?? user.user_alias ?? user.user_id,
  }));
  // Somebody who is not among those with the highest spend.
  if (userId !== undefined && !options.some(({ value }) => value === userId))
    options.push({ value: userId, label: userId });
  return (
    <Select
      aria-label="Person"
      className="w-52"
      value={userId ?? ''}
      options={[{ value: '', label: 'Everyone' }, ...options]}
      onChange={(event) => onUserChange(event.target.value === '' ? undefined : event.target.value)}
    />
  );
}
