import { getUsage, listKeys, listUsers } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { call } from '../../api/call.ts';
import { lastDays } from '../../api/last-days.ts';
import { linkClass } from '../../components/link-class.ts';
import { Section } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { browserTimeZone, formatCount, formatPercent } from '../../format/index.ts';

/** The organization in a few numbers, for those who see all of it. */
export function Organization() {
  const timezone = browserTimeZone();
  const range = lastDays(7);
  const people = useQuery({
    queryKey: ['users', 'count'],
    queryFn: ({ signal }) => call(listUsers, { page: 1, page_size: 1 }, { signal }),
  });
  const keys = useQuery({
    queryKey: ['keys', 'count'],
    queryFn: ({ signal }) => call(listKeys, { page: 1, size: 1 }, { signal }),
  });
  const blocked = useQuery({
    queryKey: ['keys', 'count', 'revoked'],
    queryFn: ({ signal }) => call(listKeys, { page: 1, size: 1, status: 'revoked' }, { signal }),
  });
  const usage = useQuery({
    queryKey: ['usage', 'overview', 'by-user', range, timezone],
    queryFn: ({ signal }) => call(getUsage, { ...range, timezone, granularity: 'day', group_by: 'user' }, { signal }),
  });
  if (usage.isError) {
    return (
      <Section title="Organization" ruled="narrow">
        <ErrorState what="The organization’s numbers" error={usage.error} onRetry={() => void usage.refetch()} />
      </Section>
    );
  }
  const totals = usage.data?.totals;
  return (
    <Section title="Organization" ruled="narrow">
      <dl className="flex flex-col divide-y divide-line">
        <Line
          name={
            <Link to="/users" className={linkClass}>
              People
            </Link>
          }
          value={people.data && formatCount(people.data.total)}
        />
        <Line name="Active in 7 days" value={usage.data && countOfGroups(usage.data)} />
        <Line
          name={
            <Link to="/keys" className={linkClass}>
              Keys
            </Link>
          }
          value={keys.data && formatCount(keys.data.total_count)}
        />
        <Line
          name={
            <Link to="/keys" search={{ status: 'revoked' }} className={linkClass}>
              Blocked keys
            </Link>
          }
          value={blocked.data && formatCount(blocked.data.total_count)}
        />
        <Line name="Requests in 7 days" value={totals && formatCount(totals.requests)} />
        <Line name="Refused in 7 days" value={totals && formatPercent(totals.failed_requests, totals.requests)} />
      </dl>
    </Section>
  );
}

/** The answer lists the largest; there are more when there is a rest. */
function countOfGroups({ groups, rest }: { groups: readonly { totals: { requests: number } }[]; rest: unknown }) {
  const count = formatCount(groups.filter((group) => group.totals.requests > 0).length);
  return rest === null ? count : `${count}+`;
}

function Line({ name, value }: { name: ReactNode; value: string | undefined }) {
  return (
    <div className="flex min-h-9 items-center justify-between gap-4 first:-mt-2">
      <dt className="text-ink-2">{name}</dt>
      <dd className="tabular-nums">{value ?? <Skeleton className="w-10" />}</dd>
    </div>
  );
}
