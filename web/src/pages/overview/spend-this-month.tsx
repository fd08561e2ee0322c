import { getUsage } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { calendarDay, lastDays } from '../../api/last-days.ts';
import { linkClass } from '../../components/link-class.ts';
import { Section } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { browserTimeZone, formatCount, formatUsd, formatUsdExact } from '../../format/index.ts';
import { watchIntervalMs } from '../../requests/requests-query.ts';
import { SpendByDay } from '../../requests/spend-by-day.tsx';

/** The one large number: spend since the first of the month, over bars of the last 14 days. */
export function SpendThisMonth({ everybody }: { everybody: boolean }) {
  const timezone = browserTimeZone();
  const today = new Date();
  const month = {
    start_date: calendarDay(new Date(today.getFullYear(), today.getMonth(), 1)),
    end_date: calendarDay(today),
  };
  const days = lastDays(14);
  const inMonth = useUsage('month', month, timezone);
  const inDays = useUsage('days', days, timezone);
  return (
    <Section
      title={everybody ? 'Spend of everybody this month' : 'Spend this month'}
      ruled={false}
      actions={
        <Link to="/usage" className={linkClass}>
          Usage
        </Link>
      }
    >
      {inMonth.isError ? (
        <ErrorState what="Spend" error={inMonth.error} onRetry={() => void inMonth.refetch()} />
      ) : (
        <p className="mb-4 flex min-h-11 flex-wrap items-baseline gap-x-4 tabular-nums">
          {inMonth.data === undefined ? (
            <Skeleton className="h-8 w-32" />
          ) : (
            <>
              <span className="text-hero" title={formatUsdExact(inMonth.data.totals.spend_nano_usd)}>
                {formatUsd(inMonth.data.totals.spend_nano_usd)}
              </span>
              <span className="text-ink-3">
                {formatCount(inMonth.data.totals.requests)}{' '}
                {inMonth.data.totals.requests === 1 ? 'request' : 'requests'}
              </span>
            </>
          )}
        </p>
      )}
      {inDays.data === undefined ? (
        inDays.isPending && <Skeleton className="h-32 w-full" />
      ) : (
        <SpendByDay title="Spend by day" buckets={inDays.data.buckets} timeZone={timezone} />
      )}
      <p className="mt-2 text-ink-3 text-meta">Days of {timezone}. Today is not over yet.</p>
    </Section>
  );
}

function useUsage(name: string, range: { start_date: string; end_date: string }, timezone: string) {
  return useQuery({
    queryKey: ['usage', 'overview', name, range, timezone],
    queryFn: ({ signal }) => call(getUsage, { ...range, timezone, granularity: 'day', group_by: 'none' }, { signal }),
    refetchInterval: watchIntervalMs * 4,
  });
}
